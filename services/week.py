"""A doctor's week as the staff sees it: when he sits, what keeps him away, and who is booked."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.errors import Invalid, NotFound
from models import Appointment, Patient
from models.appointment import Status
from services import inputs, schedules
from services.calendar_then import Off, Then, then
from services.days import doctor_ref
from services.permissions import Actor, require
from services.slots import Span
from services.trail import read
from services.walls import bounds

ONE_DAY = timedelta(days=1)
SEVEN = range(7)

SHOWN = (
    Status.HELD,
    Status.BOOKED,
    Status.CHECKED_IN,
    Status.IN_CONSULTATION,
    Status.COMPLETED,
    Status.NO_SHOW,
)
"""What has, or had, its place on the wall of a week: what was cancelled or moved has left it."""

VERSIONS = text("""
    SELECT d.schedule_version + coalesce(sum(y.version), 0) AS version
    FROM unnest(CAST(:ids AS int[]), CAST(:firsts AS date[])) WITH ORDINALITY AS asked (id, first, number)
    LEFT JOIN doctors d ON d.id = asked.id
    LEFT JOIN doctor_days y ON y.doctor_id = asked.id AND y.day BETWEEN asked.first AND asked.first + 6
    GROUP BY asked.number, d.schedule_version ORDER BY asked.number
""")


@dataclass(frozen=True, kw_only=True)
class Taking:
    """A time that somebody has, or had, or is being kept for him."""

    starts_at: datetime
    ends_at: datetime
    status: Status
    patient: str
    patient_id: int
    held_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class WeekDay:
    """One day by the wall clock of the doctor's home clinic; every time lies within it."""

    day: date
    hours: tuple[Span, ...]
    pauses: tuple[Span, ...]
    away: tuple[Off, ...]
    takings: tuple[Taking, ...]


@dataclass(frozen=True, kw_only=True)
class Week:
    """Seven days from a Monday; `version` is the sum of those that its parts have."""

    doctor_id: int
    first: date
    zone: str
    version: int
    valid_until: datetime | None
    days: tuple[WeekDay, ...]


def monday(day: date) -> date:
    """The first day of the week that `day` is in."""
    return day - timedelta(days=day.weekday())


async def open_week(doctor_id: int, day: date, *, by: Actor, now: datetime) -> Week:
    """The week of `day` for one who may see it; that he opened it is recorded. Raises NotFound, NotAllowed, Invalid."""
    require(by, "see_day", await doctor_ref(doctor_id))
    opened = await week(doctor_id, monday(day), now)
    patients = {taking.patient_id for each in opened.days for taking in each.takings}
    async with db.transaction() as tx:
        tx.record(read(by, "WeekRead", ("doctor_week", f"{doctor_id}:{opened.first}"), now=now, patient_ids=patients))
    return opened


async def week(doctor_id: int, first: date, now: datetime) -> Week:
    """The week as it stands; for the pusher, whose rooms were entered through `open_week`. Raises NotFound, Invalid."""
    if not inputs.FIRST.date() < first - ONE_DAY <= first + 8 * ONE_DAY < inputs.LAST.date():
        raise Invalid(field="day")
    async with db.snapshot() as connection:
        known = (await schedules.rules(connection, [doctor_id])).get(doctor_id)
        if known is None:
            raise NotFound(doctor_id=doctor_id)
        calendar = (await then(connection, {doctor_id: known}, first, first + 6 * ONE_DAY))[doctor_id]
        book = calendar.book
        takings = await _takings(connection, doctor_id, first, now)
        (version,) = await versions(connection, [(doctor_id, first)])
    days = [first + offset * ONE_DAY for offset in SEVEN]
    running_out = [each.held_until for each in takings if each.held_until is not None]
    midnight = bounds(book.today(now), book.zone)[1]
    return Week(
        doctor_id=doctor_id,
        first=first,
        zone=book.zone,
        version=version,
        valid_until=min([midnight, *running_out]),
        days=tuple(_day(calendar, day, takings) for day in days),
    )


async def versions(connection: AsyncConnection, weeks: list[tuple[int, date]]) -> list[int]:
    """The versions of those weeks of doctors, in their order."""
    values = {"ids": [doctor_id for doctor_id, _ in weeks], "firsts": [first for _, first in weeks]}
    return [int(row.version or 0) for row in await connection.execute(VERSIONS, values)]


async def _takings(connection: AsyncConnection, doctor_id: int, first: date, now: datetime) -> list[Taking]:
    names = ("starts_at", "ends_at", "status", "patient_id", "held_until")
    query: Any = (
        select(*(col(getattr(Appointment, name)) for name in names), col(Patient.name).label("patient"))
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(
            col(Appointment.doctor_id) == doctor_id,
            col(Appointment.day).between(first, first + 6 * ONE_DAY),
            col(Appointment.status).in_(SHOWN),
        )
        .order_by(col(Appointment.starts_at), col(Appointment.created_at))
    )
    found = [Taking(**row._mapping) for row in await connection.execute(query)]
    return [each for each in found if each.status != Status.HELD or (each.held_until and each.held_until > now)]


def _day(calendar: Then, day: date, takings: list[Taking]) -> WeekDay:
    book = calendar.book
    since, until = bounds(day, book.zone)

    def within(starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime] | None:
        start, end = max(starts_at, since), min(ends_at, until)
        return (start, end) if start < end else None

    sat = [s for s in book.stretches(day) if within(s.opens, s.closes)]
    return WeekDay(
        day=day,
        hours=tuple(Span(*part, s.hours.clinic_id) for s in sat if (part := within(s.opens, s.closes))),
        pauses=tuple(
            Span(*part) for s in sat for p in s.pauses if (part := within(max(p.starts_at, s.opens), p.ends_at))
        ),
        away=tuple(
            Off(starts_at=part[0], ends_at=part[1], name=off.name)
            for off in calendar.away
            if (part := within(off.starts_at, off.ends_at))
        ),
        takings=tuple(each for each in takings if since <= each.starts_at < until),
    )
