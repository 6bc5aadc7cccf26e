"""A doctor's day as the staff sees it: each appointment with its patient."""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.audit import AuditEntry
from core.errors import NotFound
from models import Appointment, Clinic, Doctor, DoctorDay, Patient, Room, Therapist
from models.appointment import Status
from services import schedules
from services.permissions import Actor, require
from services.queue_rule import QueueRule
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


OF_OTHERS = frozenset({"patient", "born_on", "therapist", "room"})
"""What a booking has of other tables than its own."""


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
    own = [col(getattr(Appointment, each.name)) for each in fields(Booking) if each.name not in OF_OTHERS]
    query: Select[*tuple[Any, ...]] = (
        select(*own, col(Patient.name).label("patient"), col(Patient.born_on))
        .add_columns(col(Therapist.name).label("therapist"), col(Room.name).label("room"))
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .outerjoin(Therapist, col(Therapist.id) == col(Appointment.therapist_id))
        .outerjoin(Room, col(Room.id) == col(Appointment.room_id))
        .where(col(Appointment.doctor_id) == doctor_id, col(Appointment.day) == day)
        .order_by(col(Appointment.starts_at), col(Appointment.created_at))
    )
    this_day = col(DoctorDay.doctor_id) == doctor_id, col(DoctorDay.day) == day
    standing = select(col(DoctorDay.version), col(DoctorDay.delay_minutes)).where(*this_day)
    own_clinic = select(Clinic.__table__).join(Doctor, col(Doctor.clinic_id) == col(Clinic.id))  # type: ignore[attr-defined]
    clinic = (await connection.execute(own_clinic.where(col(Doctor.id) == doctor_id))).first()
    if clinic is None:
        raise NotFound(doctor_id=doctor_id)
    stands = (await connection.execute(standing)).first()
    rows = (await connection.execute(query)).all()
    book = (await schedules.rules(connection, [doctor_id])).get(doctor_id)
    return DoctorDayBoard(
        doctor_id=doctor_id,
        clinic_id=clinic.id,
        day=day,
        zone=clinic.time_zone,
        version=stands.version if stands else 0,
        delay=timedelta(minutes=stands.delay_minutes if stands else 0),
        rule=QueueRule(
            grace_minutes=clinic.queue_grace_minutes,
            late_after=clinic.queue_late_after,
            walk_in_after=clinic.queue_walk_in_after,
        ),
        bookings=tuple(Booking(**row._mapping) for row in rows),
        sits=tuple(book.sits(day)) if book is not None else (),
    )
