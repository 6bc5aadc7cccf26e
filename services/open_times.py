"""What is open that fits a wish, earliest first: what is read out to whoever telephones."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from core import db
from core.errors import Invalid
from models import Clinic
from models.doctor import Mode, Specialization
from models.visit import VisitType
from services import inputs, search
from services.doctors import Found
from services.people import NOBODY_YET
from services.permissions import Actor, can
from services.placing import Subject
from services.schedules import schedules
from services.search import Filters
from services.slots import Schedule, Slot, Why
from services.walls import bounds, instant

COUNT, MOST = 8, 40
"""How many times are told at first, and at the most."""

EACH = 3
"""How many of them of one doctor on one day: whoever listens wants a choice, and not the whole morning."""

DOCTORS = 400
"""How many doctors are looked through at the most; no city has so many."""

STEPS = (2, 5, 14, 45, 300)
"""Days that are read at once: few at first, since most wishes are met soon."""

FARTHEST = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is wished. Without a doctor: any who sits at the clinic, or in its city.

    From the date `since` on, from `after` up to, not including, `before` by the doctor's wall clock, and on no weekday
    of `not_on` (Monday is 0). An empty string, or None, is no wish.
    """

    clinic_id: int
    city: str
    since: date
    doctor_id: int | None = None
    is_citywide: bool = False
    specialization: str = ""
    language: str = ""
    mode: Mode = Mode.IN_PERSON
    visit: VisitType = VisitType.FIRST_VISIT
    after: time | None = None
    before: time | None = None
    not_on: frozenset[int] = frozenset()

    def checked(self) -> "Asked":
        """The same. Raises Invalid for what cannot be a wish, by its field."""
        inputs.one_of(Mode, self.mode, "mode")
        inputs.one_of(VisitType, self.visit, "visit")
        if self.specialization:
            inputs.one_of(Specialization, self.specialization, "specialization")
        if self.after is not None and self.before is not None and self.after >= self.before:
            raise Invalid(field="before")
        if not self.not_on < set(range(7)):
            raise Invalid(field="not_on")
        return self


@dataclass(frozen=True, kw_only=True)
class OpenTime:
    """An open time; `zone` is the doctor's wall clock, the clinic where he sits then.

    Where it is not one's own to book (`may_book`), the clinic's telephone is what helps.
    """

    doctor_id: int
    doctor: str
    languages: tuple[str, ...]
    starts_at: datetime
    zone: str
    clinic: str
    phone: str
    may_book: bool


class Ease(StrEnum):
    """A wish that may be given up."""

    SINCE = "since"
    TIME = "time"
    DAYS = "days"
    LANGUAGE = "language"
    SPECIALIZATION = "specialization"
    DOCTOR = "doctor"
    MODE = "mode"


async def open_times(asked: Asked, *, by: Actor, now: datetime, count: int = COUNT) -> list[OpenTime]:
    """The earliest times that fit, in order of time; staff need give no notice. Raises Invalid."""
    doctors = await _doctors(asked.checked(), now)
    # Today on any wall clock is within a day of today in UTC.
    first = max(asked.since, now.date() - timedelta(days=1))
    if first > now.date() + FARTHEST or not doctors:
        return []
    found: list[tuple[Slot, int]] = []
    for days in STEPS:
        async with db.snapshot() as connection:
            books = await schedules(connection, list(doctors), first, first + timedelta(days=days - 1))
        for day in (first + timedelta(days=offset) for offset in range(days)):
            found += [(slot, i) for i, book in books.items() for slot in _fitting(book, asked, day, by, now)]
            if len(found) >= count:
                return await _told(sorted(found, key=_order)[:count], doctors, by)
            # Others are served in between: nobody waits for a wish that nothing meets.
            await asyncio.sleep(0)
        first += timedelta(days=days)
        if all(first > book.last_day(now) for book in books.values()):
            break
    return await _told(sorted(found, key=_order), doctors, by)


async def eased(asked: Asked, *, by: Actor, now: datetime) -> dict[Ease, tuple[Asked, OpenTime]]:
    """Where nothing fits: each wish that would have to be given up alone, what is left to ask, and the first time."""
    found = {}
    for ease, easier in _easier(asked, now).items():
        if easier != asked and (times := await open_times(easier, by=by, now=now, count=1)):
            found[ease] = easier, times[0]
    return found


def _easier(asked: Asked, now: datetime) -> dict[Ease, Asked]:
    is_one = asked.doctor_id is not None
    return {
        Ease.SINCE: replace(asked, since=min(asked.since, now.date())),
        Ease.TIME: replace(asked, after=None, before=None),
        Ease.DAYS: replace(asked, not_on=frozenset()),
        Ease.LANGUAGE: replace(asked, language=""),
        Ease.SPECIALIZATION: replace(asked, specialization=""),
        # First the colleagues, then the other clinics of the city.
        Ease.DOCTOR: replace(asked, doctor_id=None, is_citywide=not is_one),
        Ease.MODE: replace(asked, mode=Mode.VIDEO if asked.mode == Mode.IN_PERSON else Mode.IN_PERSON),
    }


async def _doctors(asked: Asked, now: datetime) -> dict[int, Found]:
    """Those who come into question, by id."""
    filters = Filters(
        specialization=asked.specialization,
        language=asked.language,
        mode=asked.mode,
        city=asked.city if asked.is_citywide else "",
        clinic_id=None if asked.is_citywide or asked.doctor_id is not None else asked.clinic_id,
        doctor_id=asked.doctor_id,
    )
    found = await search.doctors(filters, now=now, limit=DOCTORS)
    return {doctor.id: doctor for doctor in found.doctors}


def _fitting(book: Schedule, asked: Asked, day: date, by: Actor, now: datetime) -> Iterator[Slot]:
    """The first of the doctor's open times of that day that fit."""
    if day.weekday() in asked.not_on or day < asked.since:
        return iter(())
    midnights = bounds(day, book.zone)
    since = instant(day, asked.after, book.zone) if asked.after is not None else midnights[0]
    until = instant(day, asked.before, book.zone) if asked.before is not None else midnights[1]
    # Most days of a wish that is hard to meet have no hours then: their grid need not be made.
    if not any(stretch.opens < until and stretch.closes > since for stretch in book.stretches(day)):
        return iter(())
    is_here = asked.doctor_id is None and not asked.is_citywide
    fits = (
        slot
        for slot in book.slots(day, now, asked.visit)
        if (slot.why == Why.OPEN or (by.is_staff and slot.why == Why.NOTICE))
        and asked.mode in slot.modes
        and since <= slot.starts_at < until
        and (not is_here or slot.clinic_id == asked.clinic_id)
    )
    return islice(fits, EACH)


async def _told(found: Sequence[tuple[Slot, int]], doctors: Mapping[int, Found], by: Actor) -> list[OpenTime]:
    places: dict[int, Any] = {}
    if found:
        query = select(col(Clinic.id), col(Clinic.name), col(Clinic.phone))
        async with db.snapshot() as connection:
            rows = await connection.execute(query.where(col(Clinic.id).in_({slot.clinic_id for slot, _ in found})))
            places = {row.id: row for row in rows}
    return [
        OpenTime(
            doctor_id=i,
            doctor=doctors[i].name,
            languages=doctors[i].languages,
            starts_at=slot.starts_at,
            zone=doctors[i].zone,
            clinic=places[slot.clinic_id].name,
            phone=places[slot.clinic_id].phone,
            may_book=can(by, "book", Subject(NOBODY_YET, i, slot.clinic_id)),
        )
        for slot, i in found
    ]


def _order(found: tuple[Slot, int]) -> tuple[datetime, int]:
    slot, doctor_id = found
    return slot.starts_at, doctor_id
