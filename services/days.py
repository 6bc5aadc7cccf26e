"""A doctor's day as the staff sees it: each appointment with its patient."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import col

from core import db
from core.errors import NotFound
from models import Appointment, Clinic, Doctor, DoctorDay, Patient
from models.appointment import Status
from services.permissions import Actor, require
from services.reads import read

HIDDEN = (Status.EXPIRED, Status.RESCHEDULED)
"""What is of no use to one who runs the day."""


@dataclass(frozen=True, kw_only=True)
class Booking:
    """One line of the day."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    status: Status
    token: int | None
    mode: str
    source: str
    version: int
    patient_id: int
    patient: str
    born_on: date | None


@dataclass(frozen=True, kw_only=True)
class DoctorDayBoard:
    """A day in order of time. `version` is the doctor-day's; `zone` the clinic's."""

    doctor_id: int
    day: date
    zone: str
    version: int
    bookings: tuple[Booking, ...]
    valid_until: datetime | None = None


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
    patients = (booking.patient_id for booking in opened.bookings)
    async with db.transaction() as tx:
        tx.record(read(by, "DayRead", ("doctor_day", f"{doctor_id}:{day}"), now=now, patient_ids=patients))
    return opened


async def board(doctor_id: int, day: date) -> DoctorDayBoard:
    """The board as it stands; for the pusher, whose rooms were entered through `open_board`. Raises NotFound."""
    query: Select[*tuple[Any, ...]] = (
        select(
            col(Appointment.id),
            col(Appointment.starts_at),
            col(Appointment.ends_at),
            col(Appointment.status),
            col(Appointment.token),
            col(Appointment.mode),
            col(Appointment.source),
            col(Appointment.version),
            col(Appointment.patient_id),
            col(Patient.name).label("patient"),
            col(Patient.born_on),
        )
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(
            col(Appointment.doctor_id) == doctor_id,
            col(Appointment.day) == day,
            col(Appointment.status).not_in(HIDDEN),
        )
        .order_by(col(Appointment.starts_at), col(Appointment.created_at))
    )
    version = select(col(DoctorDay.version)).where(col(DoctorDay.doctor_id) == doctor_id, col(DoctorDay.day) == day)
    zone = select(col(Clinic.time_zone)).join(Doctor, col(Doctor.clinic_id) == col(Clinic.id))
    async with db.snapshot() as connection:
        time_zone = await connection.scalar(zone.where(col(Doctor.id) == doctor_id))
        if time_zone is None:
            raise NotFound(doctor_id=doctor_id)
        number = await connection.scalar(version)
        rows = (await connection.execute(query)).all()
    return DoctorDayBoard(
        doctor_id=doctor_id,
        day=day,
        zone=time_zone,
        version=number or 0,
        bookings=tuple(Booking(**row._mapping) for row in rows),
    )
