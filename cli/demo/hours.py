"""Each doctor's week: which days, which stretches, and how patients are met in each."""

from datetime import time
from random import Random
from typing import NamedTuple

from cli.demo import cast
from cli.demo.doctors import Practitioner
from cli.demo.rows import HoursRow

SUNDAY = 6
WEEKDAYS = range(6)
SUNDAY_ROTA = 0.42
"""The part of doctors that sit in the Sunday OPD and take another day off: a full day of bookings must fit there."""

BOTH, IN_PERSON, VIDEO = ["in_person", "video"], ["in_person"], ["video"]
MORNINGS = [(time(9), time(13)), (time(9, 30), time(13)), (time(10), time(13)), (time(9), time(12, 30))]
EVENINGS = [(time(16), time(19)), (time(17), time(20)), (time(16, 30), time(19, 30)), (time(17), time(19))]
SUNDAY_MORNING, SUNDAY_EVENING = (time(9), time(14)), (time(16), time(19))
CAST_STRETCHES = [(time(9), time(13)), (time(15), time(21))]


class Stretch(NamedTuple):
    """Wall-clock time from `opens` to `closes`, served in `modes`."""

    opens: time
    closes: time
    modes: list[str]


def weekly_hours(seed: int, doctors: list[Practitioner]) -> list[HoursRow]:
    """All doctors' weeks, Monday first."""
    rng = Random(f"{seed} hours")
    rows: list[HoursRow] = []
    for doctor in doctors:
        for weekday, stretches in sorted(_week(rng, doctor).items()):
            for stretch in stretches:
                rows.append(HoursRow(len(rows) + 1, doctor.row.id, doctor.row.clinic_id, weekday, *stretch))
    return rows


def _week(rng: Random, doctor: Practitioner) -> dict[int, list[Stretch]]:
    if doctor.row.id == cast.DOCTOR_ID:
        return {weekday: [Stretch(*span, BOTH) for span in CAST_STRETCHES] for weekday in range(7)}
    stretches = _stretches(rng, has_video="video" in doctor.row.modes)
    week = dict.fromkeys(_days(rng), stretches)
    if SUNDAY in week:
        week[SUNDAY] = _sunday(rng, stretches)
    return week


def _days(rng: Random) -> list[int]:
    """The Sunday rota, else six days, five, or every second day as visiting consultants do."""
    if rng.random() < SUNDAY_ROTA:
        off = rng.choice(WEEKDAYS)
        return [weekday for weekday in range(7) if weekday != off]
    return rng.choices(([0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4], [0, 2, 4], [1, 3, 5]), (45, 20, 17, 18))[0]


def _stretches(rng: Random, *, has_video: bool) -> list[Stretch]:
    """A morning, an evening or both; whoever does video has a stretch for it, and one for visits."""
    morning, evening = rng.choice(MORNINGS), rng.choice(EVENINGS)
    kind = rng.choices(("both", "morning", "evening"), (55, 27, 18))[0]
    if kind != "both":
        return [Stretch(*(morning if kind == "morning" else evening), BOTH if has_video else IN_PERSON)]
    if not has_video:
        return [Stretch(*morning, IN_PERSON), Stretch(*evening, IN_PERSON)]
    modes = rng.choices(((IN_PERSON, VIDEO), (BOTH, BOTH), (IN_PERSON, BOTH), (BOTH, IN_PERSON)), (35, 30, 20, 15))[0]
    return [Stretch(*morning, modes[0]), Stretch(*evening, modes[1])]


def _sunday(rng: Random, stretches: list[Stretch]) -> list[Stretch]:
    """A longer morning with the weekday's modes, and for most an evening too."""
    sunday = [Stretch(*SUNDAY_MORNING, stretches[0].modes)]
    if rng.random() < 0.7:
        sunday.append(Stretch(*SUNDAY_EVENING, stretches[-1].modes))
    return sunday
