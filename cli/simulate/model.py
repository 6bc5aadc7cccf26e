"""The stated model of a clinic's day, pure and seeded: who comes when, who does not, how long each visit takes.

- Who is booked comes 8 min before his time on the whole (normal, spread 12 min); one in eight is held up by another
  20 min on the whole (exponential). 12 % do not come.
- Walk-ins come at 0.8, emergencies at 0.12 an hour while the doctor sits, at random (Poisson).
- A visit's length is log-normal around 23 min for a first visit (spread 0.35), 12 min for a follow-up (0.45), 50 min
  for Panchakarma (0.25), times the doctor's own pace (spread 0.15), that of the day (0.12), and 1.1 before eleven.
- The doctor calls the first 7 min after the start of his hours on the whole (exponential, 30 at most), and there is a
  minute or so between two visits (0.3 to 2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

NO_SHOW = 0.12
EARLY, EARLY_SPREAD, HELD_UP, HELD_UP_BY = 8.0, 12.0, 1 / 8, 20.0
WALK_INS, EMERGENCIES = 0.8, 0.12
LENGTHS: Mapping[str, tuple[float, float]] = {
    "first_visit": (23.0, 0.35),
    "follow_up": (12.0, 0.45),
    "panchakarma": (50.0, 0.25),
}
PACE, DAY, SLOW_BEFORE, SLOWER = 0.15, 0.12, 11 * 60, 1.1
DOCTOR_LATE, DOCTOR_LATEST = 7.0, 30.0
BETWEEN = 0.3, 2.0

Hours = Sequence[tuple[int, int]]
"""When the doctor sits, in minutes of the wall clock."""


@dataclass(frozen=True, kw_only=True)
class Booked:
    """A time of the day, in minutes of the wall clock."""

    time: int
    slot: int
    visit_type: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """What becomes of one: `arrives` in minutes of the wall clock, None who does not come; `takes` in minutes."""

    booked: Booked | None
    arrives: float | None
    visit_type: str
    is_emergency: bool
    takes: float
    then: float
    """Minutes until the doctor can call the next."""


@dataclass(frozen=True, kw_only=True)
class Day:
    """All of a day, in the order in which they come; the doctor comes `late` after the start of each of his hours."""

    hours: Hours
    people: tuple[Person, ...]
    late: tuple[float, ...]


def pace(doctor: int, seed: int) -> float:
    """How much slower than others that doctor is."""
    return float(np.exp(PACE * np.random.default_rng([seed, doctor]).standard_normal()))


def bookings(hours: Hours, seed: Sequence[int], *, share: float = 0.85) -> list[Booked]:
    """A book that is full but for a share of its times: a third first visits of 30 min, else follow-ups of 15."""
    chance, found = np.random.default_rng([*seed, 1]), []
    for opens, closes in hours:
        time = opens
        while time < closes:
            is_first = chance.random() < 0.35 and time + 30 <= closes
            slot, kind = (30, "first_visit") if is_first else (15, "follow_up")
            if chance.random() < share:
                found.append(Booked(time=time, slot=slot, visit_type=kind))
            time += slot
    return found


def day(hours: Hours, booked: Sequence[Booked], seed: Sequence[int], *, pace: float = 1.0) -> Day:
    """What becomes of those who are booked, and who else comes; the same for the same seed."""
    chance = np.random.default_rng([*seed, 2])
    pace *= float(np.exp(DAY * chance.standard_normal()))
    people = [_person(chance, pace, at=each.time + lateness(chance), booked=each) for each in booked]
    for rate, is_emergency in ((WALK_INS, False), (EMERGENCIES, True)):
        for opens, closes in hours:
            at = opens + chance.exponential(60 / rate)
            while at < closes:
                people.append(_person(chance, pace, at=at, is_emergency=is_emergency))
                at += chance.exponential(60 / rate)
    late = tuple(float(min(chance.exponential(DOCTOR_LATE), DOCTOR_LATEST)) for _ in hours)
    return Day(hours=hours, people=tuple(sorted(people, key=lambda each: each.arrives or 1e9)), late=late)


def lateness(chance: np.random.Generator) -> float:
    """Minutes after his time at which one who is booked comes; less than nought: before it."""
    minutes = chance.normal(-EARLY, EARLY_SPREAD)
    return float(minutes + (chance.exponential(HELD_UP_BY) if chance.random() < HELD_UP else 0))


def _person(
    chance: np.random.Generator, pace: float, *, at: float, booked: Booked | None = None, is_emergency: bool = False
) -> Person:
    comes = booked is None or chance.random() >= NO_SHOW
    kind = booked.visit_type if booked else "follow_up"
    middle, spread = LENGTHS[kind]
    slower = SLOWER if at < SLOW_BEFORE else 1.0
    takes = middle * pace * slower * np.exp(spread * chance.standard_normal())
    return Person(
        booked=booked,
        arrives=at if comes else None,
        visit_type=kind,
        is_emergency=is_emergency,
        takes=float(np.clip(takes, 2, 180)),
        then=float(chance.uniform(*BETWEEN)),
    )
