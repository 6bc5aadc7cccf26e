"""A doctor's day as the staff sees it: each appointment with its patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextualSelect, column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.audit import AuditEntry
from core.errors import NotFound
from models import Clinic, Doctor
from models.appointment import Status
from services import schedules
from services.permissions import Actor, require
from services.queue_rule import Place, QueueRule, line
from services.trail import read

HIDDEN = frozenset({Status.EXPIRED, Status.RESCHEDULED})
"""What is of no use to one who runs the day."""


@dataclass(frozen=True, kw_only=True)
class Booking:
    """An appointment of the day, with its patient; `fee` in minor units."""

    id: UUID
    doctor_id: int
    clinic_id: int
    starts_at: datetime
    ends_at: datetime
    status: Status
    held_until: datetime | None
    token: int | None
    mode: str
    visit_type: str
    source: str
    fee: int
    version: int
    is_emergency: bool
    rescheduled_from: UUID | None
    checked_in_at: datetime | None
    skipped_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    updated_at: datetime
    patient_id: int
    patient: str
    born_on: date | None
    therapist: str | None = None
    room: str | None = None

    def __hash__(self) -> int:
        """Told apart by more than a number it is seldom: it is looked up often, and has many fields."""
        return self.patient_id


NAMES = tuple(each.name for each in fields(Booking))
NO_MORE: Mapping[str, str] = MappingProxyType({})

OTHERS = {
    "patient": "p.name",
    "born_on": "p.born_on",
    "therapist": "t.name",
    "room": "r.name",
}
"""What a booking has of other tables than its own."""


OF_DAY = {
    "is_active": "d.is_active",
    "schedule_version": "d.schedule_version",
    "clinic": "c.id",
    "time_zone": "c.time_zone",
    "grace_minutes": "c.queue_grace_minutes",
    "late_after": "c.queue_late_after",
    "walk_in_after": "c.queue_walk_in_after",
    "day_version": "n.version",
    "delay_minutes": "n.delay_minutes",
}
"""What stands in each row of a day: of it, of the doctor and of his clinic."""


def reading(*, first: str = "", more: Mapping[str, str] = NO_MORE, joined: str = "") -> TextualSelect:
    """A doctor's day by one statement: a row for each booking, or one without any; what else it asks may be added."""
    asked = {name: OTHERS.get(name, f"a.{name}") for name in NAMES} | OF_DAY | dict(more)
    # That its columns are named once spares looking at them anew each time.
    return text(f"""{first}
        SELECT {", ".join(f"{what} AS {name}" for name, what in asked.items())}
        FROM doctors d JOIN clinics c ON c.id = d.clinic_id
        LEFT JOIN doctor_days n ON n.doctor_id = d.id AND n.day = :day
        LEFT JOIN (appointments a JOIN patients p ON p.id = a.patient_id) ON a.doctor_id = d.id AND a.day = :day
        LEFT JOIN therapists t ON t.id = a.therapist_id LEFT JOIN rooms r ON r.id = a.room_id {joined}
        WHERE d.id = :doctor_id ORDER BY a.starts_at, a.created_at
    """).columns(*(column(name) for name in asked))  # noqa: S608  (the words are ours)


DAY = reading()


@dataclass(frozen=True, kw_only=True)
class DoctorDayBoard:
    """A day in order of time, with what ran out or moved away; `version` is the doctor-day's.

    `sits` is when the doctor has hours, less breaks, leave and closures; `rule` and `zone` are his clinic's.
    """

    doctor_id: int
    clinic_id: int
    day: date
    zone: str
    version: int
    delay: timedelta
    rule: QueueRule
    bookings: tuple[Booking, ...]
    sits: tuple[tuple[datetime, datetime], ...] = ()
    valid_until: datetime | None = None

    @property
    def shown(self) -> tuple[Booking, ...]:
        """What is of use to one who runs the day."""
        return tuple(booking for booking in self.bookings if booking.status not in HIDDEN)

    @cached_property
    def line(self) -> tuple[Place[Booking], ...]:
        """Those who are here and wait, in the order in which they go in."""
        return tuple(line(self.bookings, self.rule))


@dataclass(frozen=True)
class DoctorRef:
    """A doctor as `can` asks about him."""

    doctor_id: int
    clinic_id: int
    name: str
    slug: str
    zone: str


async def doctor_ref(doctor_id: int) -> DoctorRef:
    """Who that is, and at which clinic. Raises NotFound."""
    query = (
        select(col(Doctor.id).label("doctor_id"), col(Doctor.clinic_id), col(Doctor.name), col(Doctor.slug))
        .add_columns(col(Clinic.time_zone).label("zone"))
        .join(Clinic, col(Clinic.id) == col(Doctor.clinic_id))
        .where(col(Doctor.id) == doctor_id, col(Doctor.is_active))
    )
    async with db.snapshot() as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound(doctor_id=doctor_id)
    return DoctorRef(**row._mapping)


async def open_board(doctor_id: int, day: date, *, by: Actor, now: datetime) -> DoctorDayBoard:
    """The board for one who may see it; that he opened it is recorded. Raises NotFound, NotAllowed."""
    doctor = await doctor_ref(doctor_id)
    require(by, "see_day", doctor)
    opened = await board(doctor_id, day)
    async with db.transaction() as tx:
        tx.record(day_read(opened, by=by, now=now))
    return opened


def day_read(opened: DoctorDayBoard, *, by: Actor, now: datetime) -> AuditEntry:
    """The entry to record of one who has been shown the board."""
    what = "doctor_day", f"{opened.doctor_id}:{opened.day}"
    return read(by, "DayRead", what, now=now, patient_ids=(booking.patient_id for booking in opened.bookings))


async def board(doctor_id: int, day: date) -> DoctorDayBoard:
    """The board as it stands; for the pusher, whose rooms were entered through `open_board`. Raises NotFound."""
    async with db.snapshot() as connection:
        return await board_within(connection, doctor_id, day)


async def board_within(connection: AsyncConnection, doctor_id: int, day: date) -> DoctorDayBoard:
    """The same, by what a transaction sees. Raises NotFound."""
    rows = (await connection.execute(DAY, {"doctor_id": doctor_id, "day": day})).all()
    return await board_of(connection, doctor_id, day, rows)


async def board_of(connection: AsyncConnection, doctor_id: int, day: date, rows: Sequence[Row[Any]]) -> DoctorDayBoard:
    """Of what `DAY` has found. Raises NotFound."""
    if not rows:
        raise NotFound(doctor_id=doctor_id)
    of = rows[0]
    book = await schedules.rules_of(connection, doctor_id, of.schedule_version) if of.is_active else None
    return DoctorDayBoard(
        doctor_id=doctor_id,
        clinic_id=of.clinic,
        day=day,
        zone=of.time_zone,
        version=of.day_version or 0,
        delay=timedelta(minutes=of.delay_minutes or 0),
        rule=QueueRule(
            grace_minutes=of.grace_minutes,
            late_after=of.late_after,
            walk_in_after=of.walk_in_after,
        ),
        bookings=tuple(_booking(*row[: len(NAMES)]) for row in rows if row.id is not None),
        sits=tuple(book.sits(day)) if book is not None else (),
    )


@lru_cache(maxsize=8192)
def _booking(*values: Any) -> Booking:
    """Made once for as long as it stands like that: of a day most stays as it is from one reading to the next."""
    return Booking(**dict(zip(NAMES, values, strict=True)))
