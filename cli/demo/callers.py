"""Who books: people of the doctor's own city, children with the children's doctor, at most once a day each."""

from collections import defaultdict
from random import Random

from cli.demo.people import Known
from models.doctor import Specialization

ANYONE, CHILDREN, WOMEN = "anyone", "children", "women"
POOLS = {Specialization.KAUMARABHRITYA.value: CHILDREN, Specialization.PRASUTI_STRI_ROGA.value: WOMEN}
"""The branches that see some people only."""


class Callers:
    """Draws patients without putting one back before the next day, so no patient's appointments can overlap."""

    def __init__(self, rng: Random, known: list[Known]) -> None:
        """Sort people into the pools of their city."""
        self._rng = rng
        self._pools: dict[tuple[str, str], list[Known]] = defaultdict(list)
        self._lines: dict[tuple[str, str], list[Known]] = {}
        self._seen: set[int] = set()
        for person in known:
            for pool in _pools(person):
                self._pools[person.city, pool].append(person)

    def new_day(self) -> None:
        """Everyone may book again, in another order."""
        self._lines = {pool: self._rng.sample(people, len(people)) for pool, people in self._pools.items()}
        self._seen = set()

    def draw(self, city: str, specialization: str) -> Known:
        """Someone who has nothing else that day."""
        line = self._lines[city, POOLS.get(specialization, ANYONE)]
        while (person := line.pop()).row.id in self._seen:
            pass
        self._seen.add(person.row.id)
        return person


def _pools(person: Known) -> list[str]:
    if person.age < 16:
        return [CHILDREN]
    return [ANYONE, WOMEN] if person.is_woman and 18 <= person.age <= 52 else [ANYONE]
