"""Hours before they are saved: how they stand, which times other ones would make, and whom they would strand."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.errors import NotFound
from models import Clinic, Doctor
from services import inputs, schedules
from services.absence import resolver
from services.absence.new_hours import DayHours, Rest, Sitting, WeekHours
from services.absence.strandings import Choices, Plan
from services.absence.whose import require_his
from services.permissions import Actor
from services.slots import Hours, Schedule, Why

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A doctor's hours as they stand: `day` his own of that date, None where the weekday's hold; `clinics` by name.

    `breaks` are those of every week; they hold on a date with hours of its own too.
    """

    doctor_id: int
    version: int
    zone: str
    home: int
    clinics: tuple[tuple[int, str], ...]
    modes: tuple[str, ...]
    week: Mapping[int, tuple[Sitting, ...]]
    day: tuple[Sitting, ...] | None
    breaks: Mapping[int, tuple[Rest, ...]]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What other hours would do: the times of each weekday or date, first ones to last; and whom they would strand."""

    times: Mapping[int | date, tuple[datetime, ...]]
    zone: str
    plan: Plan


async def standing(doctor_id: int, day: date, *, by: Actor) -> Standing:
    """The weekly hours, and those of that date. Raises NotFound, NotAllowed."""
    doctor_id = inputs.identity(doctor_id, "doctor_id")
    async with db.snapshot() as connection:
        await require_his(connection, WeekHours(doctor_id=doctor_id, weekdays={}), by)
        book = await _rules(connection, doctor_id)
        offered = await connection.scalar(select(col(Doctor.modes)).where(col(Doctor.id) == doctor_id))
        used = {hours.clinic_id for hours in book.hours} | {book.clinic_id}
        query: Any = select(col(Clinic.id), col(Clinic.name)).where(col(Clinic.id).in_(used)).order_by(col(Clinic.name))
        clinics = [(row.id, row.name) for row in await connection.execute(query)]
    own = [override for override in book.overrides if override.day == day]
    return Standing(
        doctor_id=doctor_id,
        version=book.version,
        zone=book.zone,
        home=book.clinic_id,
        clinics=tuple(clinics),
        modes=tuple(offered or ()),
        week={weekday: _sittings(each for each in book.hours if each.weekday == weekday) for weekday in range(7)},
        day=_sittings(override.hours for override in own if override.hours) if own else None,
        breaks={weekday: _rests(book, weekday) for weekday in range(7)},
    )


async def draft(change: WeekHours | DayHours, *, by: Actor, now: datetime, choices: Choices | None = None) -> Draft:
    """What `resolver.commit` would make of it. Raises NotFound, NotAllowed, Invalid, HoursOverlap."""
    plan = await resolver.preview(change, by=by, now=now, choices=choices)
    async with db.snapshot() as connection:
        book = await _rules(connection, change.doctor_id)
        zones = {
            row.id: row.time_zone for row in await connection.execute(select(col(Clinic.id), col(Clinic.time_zone)))
        }
    return Draft(times=times(change, change.applied(book, zones), now), zone=book.zone, plan=plan)


def times(change: WeekHours | DayHours, book: Schedule, now: datetime) -> dict[int | date, tuple[datetime, ...]]:
    """The times that hours and breaks make by themselves: as if nobody had booked and nothing were closed."""
    empty = replace(book, taken=(), leaves=(), closures=(), notice=timedelta(), horizon=timedelta(days=800))
    if isinstance(change, DayHours):
        return {change.day: _open(empty, change.day, now)}
    empty = replace(empty, overrides=())
    tomorrow = empty.today(now) + ONE_DAY
    ahead = [tomorrow + offset * ONE_DAY for offset in range(7)]
    return {day.weekday(): _open(empty, day, now) for day in ahead if day.weekday() in change.weekdays}


def _open(book: Schedule, day: date, now: datetime) -> tuple[datetime, ...]:
    return tuple(slot.starts_at for slot in book.slots(day, now) if slot.why == Why.OPEN)


async def _rules(connection: AsyncConnection, doctor_id: int) -> Schedule:
    found = (await schedules.rules(connection, [doctor_id])).get(doctor_id)
    if found is None:
        raise NotFound(doctor_id=doctor_id)
    return found


def _rests(book: Schedule, weekday: int) -> tuple[Rest, ...]:
    found = sorted((each for each in book.pauses if each.weekday == weekday), key=lambda each: each.starts)
    return tuple(Rest(starts=each.starts, ends=each.ends) for each in found)


def _sittings(hours: Any) -> tuple[Sitting, ...]:
    found: list[Hours] = sorted(hours, key=lambda each: each.opens)
    return tuple(
        Sitting(opens=each.opens, closes=each.closes, modes=each.modes, clinic_id=each.clinic_id) for each in found
    )
