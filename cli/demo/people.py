"""Twenty thousand patients: families under one account, and people who only ever rang or walked in."""

from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from cli.demo import cast
from cli.demo.clinics import slug
from cli.demo.grid import instant
from cli.demo.names import COMMUNITIES, Community, Person, adult, child
from cli.demo.places import CITIES, City
from cli.demo.rows import PatientRow, UserRow
from cli.demo.shares import shares
from models.user import Role

PATIENTS = 20_000
WITH_ACCOUNT = 0.45
"""The part of households that registered; with their families they are about two thirds of the patients."""

LONGEST_HORIZON = 62
"""Days: everyone was registered, and born, before the first booking that can be on the books."""

GROWN = 18
ADULT_AGES = ((18, 25), (25, 35), (35, 45), (45, 55), (55, 65), (65, 75), (75, 90))
ADULT_WEIGHTS = (9, 22, 24, 19, 14, 9, 3)


class Known(NamedTuple):
    """A patient's row with what the calendar asks: where at home, and of what age and sex."""

    row: PatientRow
    city: str
    is_woman: bool
    age: int


class People(NamedTuple):
    """The cast's family comes first among the patients and is left out of `known`: chance must not book for them."""

    users: list[UserRow]
    patients: list[PatientRow]
    known: list[Known]


def people(seed: int, doctors_by_city: dict[str, int], *, today: date, now: datetime) -> People:
    """Patients in each city in proportion to its doctors."""
    family = _cast_family(now)
    register = _Register(Random(f"{seed} people"), today, now, first_patient=len(family) + 1)
    register.users += cast.accounts(seed, created_at=now - timedelta(days=200))
    sizes = shares(PATIENTS - len(family), list(map(float, doctors_by_city.values())), [PATIENTS] * len(CITIES))
    for city, size in zip(doctors_by_city, sizes, strict=True):
        register.settle(CITIES[city], size)
    return People(register.users, family + [known.row for known in register.known], register.known)


def _cast_family(now: datetime) -> list[PatientRow]:
    born = ((1, "Asha Kulkarni", date(1986, 3, 14)), (2, "Rohan Kulkarni", date(2017, 8, 2)))
    mother = (3, "Sulochana Kulkarni", date(1957, 11, 23))
    return [
        PatientRow(number, cast.PATIENT_USER_ID, name, number == 1, born_on, now - timedelta(days=200))
        for number, name, born_on in (*born, mother)
    ]


class _Register:
    """Takes households in until a city has its number."""

    def __init__(self, rng: Random, today: date, now: datetime, *, first_patient: int) -> None:
        self._rng, self._today, self._now = rng, today, now
        self._next_id = first_patient
        self.users: list[UserRow] = []
        self.known: list[Known] = []

    def settle(self, city: City, size: int) -> None:
        end = self._next_id + size
        while self._next_id < end:
            of = COMMUNITIES[self._rng.choices(list(city.people), list(city.people.values()))[0]]
            if self._rng.random() < WITH_ACCOUNT:
                self._household(city, of, most=end - self._next_id)
            else:
                self._walk_in(city, of)

    def _household(self, city: City, of: Community, *, most: int) -> None:
        age, is_woman = max(22, self._adult_age()), self._rng.random() < 0.5
        holder = adult(self._rng, of, is_woman=is_woman)
        created_at = self._some_time_ago()
        account_id = self._account(city, holder, created_at)
        members = [(holder, age), *self._members(of, holder, age)]
        for number, (person, years) in enumerate(members[:most]):
            self._admit(city, person, years, created_at, account_id=account_id, is_holder=number == 0)

    def _account(self, city: City, holder: Person, created_at: datetime) -> int:
        number = len(self.users) + 1
        language = self._rng.choices(("en", city.languages[0]), (70, 30))[0]
        email = f"{slug(holder.name).replace('-', '.')}.{number}@example.net"
        self.users.append(
            UserRow(number, email, holder.name, Role.PATIENT.value, None, None, language, True, created_at)
        )
        return number

    def _members(self, of: Community, holder: Person, age: int) -> list[tuple[Person, int]]:
        rng, family = self._rng, holder.family
        members = []
        if age >= 26 and rng.random() < 0.4:
            spouse = adult(rng, of, is_woman=not holder.is_woman, family=family)
            members.append((spouse, max(22, age + rng.randint(-4, 4))))
        if 26 <= age <= 52:
            for _ in range(rng.choices((0, 1, 2), (45, 35, 20))[0]):
                little = child(rng, of, is_woman=rng.random() < 0.48, family=family)
                members.append((little, rng.randint(0, min(GROWN - 1, age - 24))))
        if age <= 60 and rng.random() < 0.18:
            parent = adult(rng, of, is_woman=rng.random() < 0.6, family=family)
            members.append((parent, age + rng.randint(22, 30)))
        return members

    def _walk_in(self, city: City, of: Community) -> None:
        is_woman = self._rng.random() < 0.51
        if self._rng.random() < 0.1:
            person, age = child(self._rng, of, is_woman=is_woman), self._rng.randrange(GROWN)
        else:
            person, age = adult(self._rng, of, is_woman=is_woman), self._adult_age()
        self._admit(city, person, age, self._some_time_ago())

    def _admit(
        self,
        city: City,
        person: Person,
        age: int,
        created_at: datetime,
        *,
        account_id: int | None = None,
        is_holder: bool = True,
    ) -> None:
        born_on = self._today - timedelta(days=int(age * 365.25) + self._rng.randrange(LONGEST_HORIZON, 365))
        created_at = max(created_at, instant(born_on + timedelta(days=1), 0))
        row = PatientRow(self._next_id, account_id, person.name, is_holder, born_on, created_at)
        self.known.append(Known(row, city.name, person.is_woman, age))
        self._next_id += 1

    def _adult_age(self) -> int:
        low, high = self._rng.choices(ADULT_AGES, ADULT_WEIGHTS)[0]
        return self._rng.randrange(low, high)

    def _some_time_ago(self) -> datetime:
        return self._now - timedelta(seconds=self._rng.randrange(LONGEST_HORIZON * 86_400, 900 * 86_400))
