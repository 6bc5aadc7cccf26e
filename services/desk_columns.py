"""The columns of a clinic's desk: a doctor's day each, read together, and kept for as long as nothing in it changes."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.appointment import Source, Status, listed
from services import schedules
from services.calendar_then import Off, Then, then
from services.dues import Due, dues_of
from services.slots import Schedule, Span, Why
from services.walls import bounds
from services.week import SHOWN

ONE_DAY = timedelta(days=1)

KEPT = 2000
"""Columns that a process keeps as it last read them."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """An appointment in its column; `version` goes back with whatever is done to it."""

    id: UUID
    doctor_id: int
    starts_at: datetime
    ends_at: datetime
    status: Status
    held_until: datetime | None
    token: int | None
    mode: str
    visit_type: str
    source: str
    version: int
    is_emergency: bool
    course_id: UUID | None
    therapist_id: int | None
    room_id: int | None
    checked_in_at: datetime | None
    patient_id: int
    patient: str
    due: Due | None = None

    @property
    def is_offered(self) -> bool:
        """Whether it is kept for one of the waitlist, who may answer until `held_until`."""
        return self.status == Status.HELD and self.source == Source.WAITLIST


OWN = [each.name for each in fields(Placed) if each.name not in {"patient", "due"}]

PLACED = text(f"""
    SELECT {", ".join(f"a.{name}" for name in OWN)}, a.day, p.name AS patient
    FROM unnest(CAST(:doctors AS int[]), CAST(:days AS date[])) AS asked (doctor_id, day)
    JOIN appointments a ON a.doctor_id = asked.doctor_id AND a.day = asked.day
    JOIN patients p ON p.id = a.patient_id
    WHERE a.clinic_id = :clinic AND a.status IN ({listed(SHOWN)}) AND a.starts_at >= :since AND a.starts_at < :until
    ORDER BY a.starts_at, a.created_at
""")  # noqa: S608  (the words are ours)
"""Of no other quarter than the days': the others are not looked through."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A doctor's day at the clinic; `open` are the starts of a first visit's times, the past ones of today included.

    It is what it is for as long as its version and the doctor's calendar are, and until `valid_until`.
    """

    doctor_id: int
    doctor: str
    day: date
    version: int
    delay: timedelta
    hours: tuple[Span, ...]
    pauses: tuple[Span, ...]
    away: tuple[Off, ...]
    open: tuple[Span, ...]
    placed: tuple[Placed, ...]
    valid_until: datetime | None


@dataclass(frozen=True)
class _Kept:
    """A column as it was read, and the version of the calendar that it was read by."""

    schedule_version: int
    column: Column

    def is_current(self, version: int, schedule_version: int, now: datetime) -> bool:
        is_same = (self.column.version, self.schedule_version) == (version, schedule_version)
        return is_same and (self.column.valid_until is None or now < self.column.valid_until)


_kept: OrderedDict[tuple[int, int, date], _Kept] = OrderedDict()


async def columns(
    connection: AsyncConnection, clinic_id: int, first: date, last: date, rows: Sequence[Row[Any]], now: datetime
) -> list[Column]:
    """Each doctor's column of each day, by day and in the order of `rows`; one that is as it was is the very same.

    `rows` are the doctors with their calendar's version, and with each of their days that stands in the book.
    """
    doctors = {row.id: row for row in rows}
    standing = {(row.id, row.day): row for row in rows if row.day is not None}
    days = [first + offset * ONE_DAY for offset in range((last - first).days + 1)]
    wanted = [(doctor_id, day) for day in days for doctor_id in doctors]
    found: dict[tuple[int, date], Column] = {}
    for doctor_id, day in wanted:
        known = _kept.get((clinic_id, doctor_id, day))
        version = standing[doctor_id, day].version if (doctor_id, day) in standing else 0
        if known is not None and known.is_current(version, doctors[doctor_id].schedule_version, now):
            _kept.move_to_end((clinic_id, doctor_id, day))
            found[doctor_id, day] = _named(known.column, doctors[doctor_id].name)
    if missing := [key for key in wanted if key not in found]:
        versions = {doctor_id: doctors[doctor_id].schedule_version for doctor_id, _ in missing}
        books = await schedules.schedules_at(connection, versions, first, last)
        grounds = await _grounds_of(connection, clinic_id, missing, doctors, books)
        placed = await _placed(connection, clinic_id, missing, now)
        # A doctor who was let go this moment has no rules any more.
        for doctor_id, day in (key for key in missing if key[0] in books):
            doctor, stands = doctors[doctor_id], standing.get((doctor_id, day))
            those = tuple(placed.get((doctor_id, day), ()))
            column = Column(
                doctor_id=doctor_id,
                doctor=doctor.name,
                day=day,
                version=stands.version if stands else 0,
                delay=timedelta(minutes=stands.delay_minutes if stands else 0),
                placed=those,
                open=_open(books[doctor_id], day, clinic_id, now),
                valid_until=min((each.held_until for each in those if each.held_until is not None), default=None),
                **grounds[doctor_id, day],
            )
            _keep(clinic_id, column, doctor.schedule_version)
            found[doctor_id, day] = column
    return [found[key] for key in wanted if key in found]


def forget() -> None:
    """Drop what the process keeps; for tests, which change databases under it."""
    _kept.clear()


def _named(column: Column, doctor: str) -> Column:
    return column if column.doctor == doctor else replace(column, doctor=doctor)


def _keep(clinic_id: int, column: Column, schedule_version: int) -> None:
    _kept[clinic_id, column.doctor_id, column.day] = _Kept(schedule_version, column)
    while len(_kept) > KEPT:
        _kept.popitem(last=False)


async def _placed(
    connection: AsyncConnection, clinic_id: int, keys: Collection[tuple[int, date]], now: datetime
) -> dict[tuple[int, date], list[Placed]]:
    days = [day for _, day in keys]
    values = {
        "clinic": clinic_id,
        "doctors": [doctor_id for doctor_id, _ in keys],
        "days": days,
        "since": bounds(min(days) - ONE_DAY, "UTC")[0],
        "until": bounds(max(days) + ONE_DAY, "UTC")[1],
    }
    found: dict[tuple[int, date], list[Placed]] = {}
    rows = (await connection.execute(PLACED, values)).all()
    dues = await dues_of(connection, [row.id for row in rows])
    for row in rows:
        of: dict[str, Any] = dict(row._mapping)
        day = of.pop("day")
        placed = Placed(**of | {"status": Status(row.status), "due": dues.get(row.id)})
        if placed.status != Status.HELD or (placed.held_until is not None and placed.held_until > now):
            found.setdefault((placed.doctor_id, day), []).append(placed)
    return found


def _open(book: Schedule, day: date, clinic_id: int, now: datetime) -> tuple[Span, ...]:
    """The day's times that the desk may give away at the clinic, those of today that have passed included.

    That they have passed a screen sees by its own clock: so they change with the day's version only.
    """
    as_of = bounds(day, book.zone)[0] - timedelta.resolution if book.today(now) == day else now
    book = book.with_taken([each for each in book.taken if each.is_active(now)], {})
    return tuple(
        Span(slot.starts_at, slot.ends_at)
        for slot in book.slots(day, as_of)
        if slot.clinic_id == clinic_id and slot.why in (Why.OPEN, Why.NOTICE)
    )


async def _grounds_of(
    connection: AsyncConnection,
    clinic_id: int,
    keys: Collection[tuple[int, date]],
    doctors: Mapping[int, Row[Any]],
    books: Mapping[int, Schedule],
) -> dict[tuple[int, date], dict[str, Any]]:
    """The grounds of those columns: of most only the appointments have changed, and the calendar is not read again."""
    found: dict[tuple[int, date], dict[str, Any]] = {}
    for key in keys:
        known = _kept.get((clinic_id, *key))
        if known is not None and known.schedule_version == doctors[key[0]].schedule_version:
            found[key] = {name: getattr(known.column, name) for name in ("hours", "pauses", "away")}
    if unknown := [key for key in keys if key not in found and key[0] in books]:
        days = [day for _, day in unknown]
        of = {doctor_id: books[doctor_id] for doctor_id, _ in unknown}
        calendars = await then(connection, of, min(days), max(days))
        found |= {(doctor_id, day): _grounds(calendars[doctor_id], day, clinic_id) for doctor_id, day in unknown}
    return found


def _grounds(calendar: Then, day: date, clinic_id: int) -> dict[str, Any]:
    """When the doctor sits at the clinic, his breaks, and what keeps him away, all within the day."""
    since, until = bounds(day, calendar.book.zone)

    def within(starts_at: datetime, ends_at: datetime) -> Span | None:
        start, end = max(starts_at, since), min(ends_at, until)
        return Span(start, end) if start < end else None

    sat = [s for s in calendar.book.stretches(day) if s.hours.clinic_id == clinic_id]
    return {
        "hours": tuple(part for s in sat if (part := within(s.opens, s.closes))),
        "pauses": tuple(part for s in sat for p in s.pauses if (part := within(max(p.starts_at, s.opens), p.ends_at))),
        "away": tuple(
            replace(off, starts_at=part.starts_at, ends_at=part.ends_at)
            for off in calendar.away
            if off.clinic_id in (None, clinic_id) and (part := within(off.starts_at, off.ends_at))
        ),
    }
