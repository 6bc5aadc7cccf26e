"""Some days of a whole clinic side by side, as the front desk sees them: a column for each doctor and day.

Read by a few statements for all columns; of the columns only those are read whose doctor's day has changed.
"""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.errors import Invalid, NotFound
from models import Appointment, Patient
from models.appointment import Status
from services import inputs, schedules
from services.calendar_then import Off, Then, then
from services.clinic_board import WHO
from services.dues import Due, dues_of
from services.permissions import Actor, can, require
from services.slots import Schedule, Span, Why
from services.trail import read
from services.walls import bounds, local_day
from services.week import SHOWN

ONE_DAY = timedelta(days=1)

SPANS = (1, 3, 7)
"""How many days may stand side by side."""

KEPT = 2000
"""Columns that a process keeps as it last read them."""

CLINIC = text("SELECT id, name, time_zone, queue_grace_minutes FROM clinics WHERE id = :id")

CLINICS = text(f"""
    SELECT c.id, c.name, c.time_zone AS zone FROM clinics c
    WHERE (:clinic = 0 OR c.id = :clinic) AND (:doctor = 0 OR :doctor IN ({WHO})) ORDER BY c.name, c.id
""")  # noqa: S608  (the words are ours)

SITTING = text(f"""
    SELECT d.id, d.name FROM clinics c JOIN doctors d ON d.id IN ({WHO}) WHERE c.id = :clinic ORDER BY d.name, d.id
""")  # noqa: S608  (the words are ours)

DOCTORS = text(f"""
    SELECT d.id, d.name, d.schedule_version, n.day, n.version, n.delay_minutes
    FROM clinics c JOIN doctors d ON d.id IN ({WHO})
    LEFT JOIN doctor_days n ON n.doctor_id = d.id AND n.day BETWEEN :first AND :last
    WHERE c.id = :clinic AND :doctor IN (0, d.id) ORDER BY d.name, d.id
""")  # noqa: S608  (the words are ours)

PLACES = text("""
    SELECT 'therapist' AS kind, id, name FROM therapists WHERE clinic_id = :clinic AND is_active
    UNION ALL SELECT 'room', id, name FROM rooms WHERE clinic_id = :clinic AND is_active ORDER BY kind, name, id
""")

VERSIONS = text(f"""
    SELECT (
        SELECT coalesce(sum(d.schedule_version + coalesce((
            SELECT sum(n.version) FROM doctor_days n
            WHERE n.doctor_id = d.id AND n.day BETWEEN asked.first AND asked.first + asked.days - 1
        ), 0)), 0)
        FROM clinics c JOIN doctors d ON d.id IN ({WHO}) WHERE c.id = asked.clinic AND asked.doctor IN (0, d.id)
    ) AS version
    FROM unnest(CAST(:clinics AS int[]), CAST(:firsts AS date[]), CAST(:days AS int[]), CAST(:doctors AS int[]))
        WITH ORDINALITY AS asked (clinic, first, days, doctor, number)
    ORDER BY asked.number
""")  # noqa: S608  (the words are ours)


@dataclass(frozen=True)
class Part:
    """Which days of a clinic; `doctor_id` 0: of all its doctors. Written `3:2026-12-01:1:0` in a room's name."""

    clinic_id: int
    first: date
    days: int = 1
    doctor_id: int = 0

    def __str__(self) -> str:
        """As a room's name has it."""
        return f"{self.clinic_id}:{self.first}:{self.days}:{self.doctor_id}"

    @classmethod
    def parse(cls, args: Sequence[str]) -> "Part":
        """The part that a room's arguments say."""
        clinic_id, first, days, doctor_id = args
        return cls(int(clinic_id), date.fromisoformat(first), int(days), int(doctor_id))

    @property
    def last(self) -> date:
        """The last of the days."""
        return self.first + (self.days - 1) * ONE_DAY


@dataclass(frozen=True)
class Whose:
    """A clinic, or one doctor's part of it, as `can` asks about it."""

    doctor_id: int | None
    clinic_id: int


@dataclass(frozen=True)
class Clinic:
    """A clinic whose days one may see, and its wall clock."""

    id: int
    name: str
    zone: str


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


@dataclass(frozen=True, kw_only=True)
class Column:
    """A doctor's day at the clinic; `open` are the starts of a first visit's times, the past ones of today included."""

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


@dataclass(frozen=True)
class Place:
    """A therapist or a room of the clinic."""

    kind: str
    id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The columns by day and doctor's name; `version` is the sum of those that its parts have."""

    part: Part
    clinic: str
    zone: str
    grace: timedelta
    version: int
    valid_until: datetime
    columns: tuple[Column, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True)
class _Kept:
    """A column as it was read, for as long as nothing of this changes."""

    version: int
    schedule_version: int
    valid_until: datetime | None
    column: Column

    def is_current(self, version: int, schedule_version: int, now: datetime) -> bool:
        is_same = (self.version, self.schedule_version) == (version, schedule_version)
        return is_same and (self.valid_until is None or now < self.valid_until)


_kept: OrderedDict[tuple[int, int, date], _Kept] = OrderedDict()


async def clinics(*, by: Actor) -> list[Clinic]:
    """Those whose days he may see, or his own part of them, by name."""
    async with db.snapshot() as connection:
        rows = await connection.execute(CLINICS, {"clinic": by.clinic_id or 0, "doctor": by.doctor_id or 0})
        known = [Clinic(**row._mapping) for row in rows]
    return [each for each in known if can(by, "see_day", Whose(by.doctor_id, each.id))]


async def doctors_of(clinic_id: int) -> list[tuple[int, str]]:
    """Id and name of whoever may sit there, by name; who may see them is decided where their days are opened."""
    async with db.snapshot() as connection:
        rows = await connection.execute(SITTING, {"clinic": clinic_id})
        return [(row.id, row.name) for row in rows]


async def open_desk(part: Part, *, by: Actor, now: datetime) -> Desk:
    """The days for one who may see them; that he opened them is recorded. Raises NotFound, NotAllowed, Invalid."""
    require(by, "see_day", Whose(part.doctor_id or None, part.clinic_id))
    opened = await desk(part, now)
    patients = {placed.patient_id for column in opened.columns for placed in column.placed}
    async with db.transaction() as tx:
        tx.record(read(by, "DeskRead", ("clinic_days", str(part)), now=now, patient_ids=patients))
    return opened


async def desk(part: Part, now: datetime) -> Desk:
    """The days as they stand; for the pusher: its rooms were entered through `open_desk`. Raises NotFound, Invalid."""
    if part.days not in SPANS or not inputs.FIRST.date() < part.first - ONE_DAY <= part.last < inputs.LAST.date():
        raise Invalid(field="day")
    async with db.snapshot() as connection:
        clinic = (await connection.execute(CLINIC, {"id": part.clinic_id})).first()
        if clinic is None:
            raise NotFound(clinic_id=part.clinic_id)
        values = {"clinic": part.clinic_id, "first": part.first, "last": part.last, "doctor": part.doctor_id}
        rows = (await connection.execute(DOCTORS, values)).all()
        found = await _columns(connection, part, rows, now)
        places = [Place(**row._mapping) for row in await connection.execute(PLACES, {"clinic": part.clinic_id})]
    lapsing = [kept.valid_until for kept in found if kept.valid_until is not None]
    return Desk(
        part=part,
        clinic=clinic.name,
        zone=clinic.time_zone,
        grace=timedelta(minutes=clinic.queue_grace_minutes),
        version=sum({row.id: row.schedule_version for row in rows}.values()) + sum(row.version or 0 for row in rows),
        valid_until=min([bounds(local_day(now, clinic.time_zone), clinic.time_zone)[1], *lapsing]),
        columns=tuple(kept.column for kept in found if kept.column.hours or kept.column.placed or part.doctor_id),
        places=tuple(places),
    )


async def versions(connection: AsyncConnection, parts: Sequence[Part]) -> list[int]:
    """The versions of those days of clinics, in their order."""
    values = {
        "clinics": [part.clinic_id for part in parts],
        "firsts": [part.first for part in parts],
        "days": [part.days for part in parts],
        "doctors": [part.doctor_id for part in parts],
    }
    return [int(row.version) for row in await connection.execute(VERSIONS, values)]


def forget() -> None:
    """Drop what the process keeps; for tests, which change databases under it."""
    _kept.clear()


async def _columns(connection: AsyncConnection, part: Part, rows: Sequence[Row[Any]], now: datetime) -> list[_Kept]:
    """Every doctor's column of every day, by day and name; what is kept is used where it is current."""
    doctors = {row.id: row for row in rows}
    standing = {(row.id, row.day): row for row in rows if row.day is not None}
    days = [part.first + offset * ONE_DAY for offset in range(part.days)]
    wanted = [(doctor_id, day) for day in days for doctor_id in doctors]
    found: dict[tuple[int, date], _Kept] = {}
    for doctor_id, day in wanted:
        known = _kept.get((part.clinic_id, doctor_id, day))
        version = standing[doctor_id, day].version if (doctor_id, day) in standing else 0
        if known is not None and known.is_current(version, doctors[doctor_id].schedule_version, now):
            _kept.move_to_end((part.clinic_id, doctor_id, day))
            found[doctor_id, day] = known
    if missing := [key for key in wanted if key not in found]:
        books = await schedules.schedules(connection, {doctor_id for doctor_id, _ in missing}, part.first, part.last)
        calendars = await then(connection, books, part.first, part.last)
        placed = await _placed(connection, part, missing, now)
        # A doctor who was let go this moment has no rules any more.
        for doctor_id, day in (key for key in missing if key[0] in books):
            doctor, stands = doctors[doctor_id], standing.get((doctor_id, day))
            column = Column(
                doctor_id=doctor_id,
                doctor=doctor.name,
                day=day,
                version=stands.version if stands else 0,
                delay=timedelta(minutes=stands.delay_minutes if stands else 0),
                placed=tuple(placed.get((doctor_id, day), ())),
                open=_open(books[doctor_id], day, part.clinic_id, now),
                **_grounds(calendars[doctor_id], day, part.clinic_id),
            )
            found[doctor_id, day] = _keep(part.clinic_id, column, doctor.schedule_version)
    return [
        replace(kept, column=replace(kept.column, doctor=doctors[key[0]].name))
        for key in wanted
        if (kept := found.get(key)) is not None
    ]


def _keep(clinic_id: int, column: Column, schedule_version: int) -> _Kept:
    lapsing = [each.held_until for each in column.placed if each.status == Status.HELD and each.held_until]
    kept = _Kept(column.version, schedule_version, min(lapsing, default=None), column)
    _kept[clinic_id, column.doctor_id, column.day] = kept
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return kept


async def _placed(
    connection: AsyncConnection, part: Part, keys: Collection[tuple[int, date]], now: datetime
) -> dict[tuple[int, date], list[Placed]]:
    own = [col(getattr(Appointment, each.name)) for each in fields(Placed) if each.name not in {"patient", "due"}]
    query: Any = (
        select(*own, col(Patient.name).label("patient"), col(Appointment.day))
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(
            tuple_(col(Appointment.doctor_id), col(Appointment.day)).in_(list(keys)),
            col(Appointment.clinic_id) == part.clinic_id,
            col(Appointment.status).in_(SHOWN),
            # No other quarter is looked through.
            col(Appointment.starts_at) >= bounds(part.first - ONE_DAY, "UTC")[0],
            col(Appointment.starts_at) < bounds(part.last + ONE_DAY, "UTC")[1],
        )
        .order_by(col(Appointment.starts_at), col(Appointment.created_at))
    )
    found: dict[tuple[int, date], list[Placed]] = {}
    rows = (await connection.execute(query)).all()
    dues = await dues_of(connection, [row.id for row in rows])
    for row in rows:
        values = dict(row._mapping)
        day = values.pop("day")
        placed = Placed(**values | {"status": Status(row.status), "due": dues.get(row.id)})
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
