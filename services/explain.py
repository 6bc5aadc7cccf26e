"""Why a time is open, or is not, in facts; and what became of it so far, without saying whose it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from models import Closure
from models.appointment import ACTIVE, Status
from models.doctor import Mode
from models.visit import VisitType
from services import inputs, schedules
from services.permissions import Actor, can
from services.placing import Subject
from services.slots import Schedule, Slot, Span, Why
from services.time_history import Step, appointments_then, steps
from services.walls import local_day

NEAR = timedelta(days=14)
"""How far another open time is looked for."""

NOBODY = 0
"""The patient that one asks about who only asks."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why, and the facts, in UTC; `zone` is the doctor's wall clock, `hours` are those of that day with their clinics.

    `blocked` is the leave, closure or break in the way, `closure` the closure's name; `opens_on` the date from which
    a time beyond the horizon can be booked; `bookable_until` the last moment that still gave the notice; `is_mine`: the
    hold or the appointment is of the one who asks.
    """

    doctor_id: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    why: Why
    hours: tuple[Span, ...]
    modes: tuple[str, ...] = ()
    clinic_id: int | None = None
    held_until: datetime | None = None
    blocked: Span | None = None
    closure: str | None = None
    opens_on: date | None = None
    bookable_until: datetime | None = None
    is_mine: bool = False
    next_open: Slot | None = None
    history: tuple[Step, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether whoever asks could book it now, for a patient who is free then."""
        return self.why == Why.OPEN


async def explain(
    doctor_id: int,
    moment: datetime,
    *,
    mode: Mode = Mode.IN_PERSON,
    visit: VisitType = VisitType.FIRST_VISIT,
    by: Actor | None = None,
    now: datetime,
) -> Explanation:
    """Why that time of the doctor can or cannot be booked so. Raises NotFound, Invalid."""
    doctor_id, moment = inputs.identity(doctor_id, "doctor_id"), inputs.moment(moment, "moment")
    mode, visit = inputs.one_of(Mode, mode, "mode"), inputs.one_of(VisitType, visit, "visit")
    async with db.snapshot() as connection:
        day = await schedules.day_of(connection, doctor_id, max(moment, now))
        book = await schedules.schedule(connection, doctor_id, day, day + NEAR)
        why, slot = book.at(moment, now, mode=mode, visit=visit)
        if why == Why.NOTICE and slot is not None and _is_staff(by, book, slot.clinic_id):
            why = Why.OPEN
        ends_at = slot.ends_at if slot else moment + timedelta(minutes=book.length(visit).minutes)
        there = await appointments_then(connection, doctor_id, moment, ends_at)
        facts: dict[str, Any] = _facts(why, book, moment, ends_at, slot, now)
        if why == Why.CLOSED:
            facts["closure"] = await _closure(connection, facts["blocked"])
        history = await steps(connection, there, by)
    return Explanation(
        doctor_id=doctor_id,
        starts_at=moment,
        ends_at=ends_at,
        zone=book.zone,
        why=why,
        hours=tuple(Span(s.opens, s.closes, s.hours.clinic_id) for s in book.stretches(local_day(moment, book.zone))),
        is_mine=by is not None and any(row.patient_id in by.patient_ids for row in _taking(there, now)),
        next_open=_next_open(book, moment, now, mode=mode, visit=visit, by=by),
        history=history,
        **facts,
    )


def _facts(
    why: Why, book: Schedule, moment: datetime, ends_at: datetime, slot: Slot | None, now: datetime
) -> dict[str, Any]:
    """What belongs to the reason."""
    found: dict[str, Any] = {}
    if slot is not None:
        found = {"modes": slot.modes, "clinic_id": slot.clinic_id}
    if why == Why.HELD:
        in_the_way = (t for t in book.taken if t.is_active(now) and t.starts_at < ends_at and t.ends_at > moment)
        found["held_until"] = max(t.held_until for t in in_the_way if t.held_until is not None)
    elif why in (Why.LEAVE, Why.CLOSED, Why.BREAK):
        away = book.blocking(moment, ends_at if slot else moment + timedelta.resolution)
        found["blocked"] = away[1] if away else None
    elif why == Why.HORIZON:
        found["opens_on"] = local_day(moment, book.zone) - book.horizon
    elif why == Why.NOTICE:
        found["bookable_until"] = moment - book.notice
    return found


def _next_open(
    book: Schedule, moment: datetime, now: datetime, *, mode: Mode, visit: VisitType, by: Actor | None
) -> Slot | None:
    first = max(local_day(moment, book.zone), book.today(now))
    for offset in range(NEAR.days + 1):
        for slot in book.slots(first + timedelta(days=offset), now, visit):
            is_open = slot.why == Why.OPEN or (slot.why == Why.NOTICE and _is_staff(by, book, slot.clinic_id))
            if is_open and slot.starts_at > moment and mode in slot.modes:
                return slot
    return None


def _is_staff(by: Actor | None, book: Schedule, clinic_id: int) -> bool:
    """Whether he may book there without notice."""
    subject = Subject(NOBODY, book.doctor_id, clinic_id)
    return by is not None and by.is_staff and can(by, "book", subject)


def _taking(there: Sequence[Row[*tuple[Any, ...]]], now: datetime) -> list[Row[*tuple[Any, ...]]]:
    """Those that occupy their time."""
    return [row for row in there if row.status in ACTIVE and (row.status != Status.HELD or row.held_until > now)]


async def _closure(connection: AsyncConnection, blocked: Span) -> str | None:
    query = select(col(Closure.name)).where(
        col(Closure.clinic_id) == blocked.clinic_id,
        col(Closure.starts_at) == blocked.starts_at,
        col(Closure.ends_at) == blocked.ends_at,
    )
    name: str | None = await connection.scalar(query.limit(1))
    return name
