"""What an account sees of its own appointments: those of the holder and of the family."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.errors import NotFound
from models import Appointment, Clinic, Doctor, Patient
from models.appointment import ACTIVE, Status
from services import inputs
from services.permissions import Actor, can
from services.trail import read

SHOWN = 100
"""At most this many appointments on the page."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """An appointment with the names that a person needs; `zone` is the clinic's, `fee` in minor units."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    status: Status
    held_until: datetime | None
    token: int | None
    mode: str
    visit_type: str
    fee: int
    version: int
    patient_id: int
    patient: str
    doctor_id: int
    doctor: str
    slug: str
    specialization: str
    clinic_id: int
    clinic: str
    address: str
    city: str
    phone: str
    zone: str
    currency: str

    def is_upcoming(self, now: datetime) -> bool:
        """Whether it is booked, or under way, and not over."""
        return self.status in ACTIVE - {Status.HELD} and self.ends_at > now

    def is_held(self, now: datetime) -> bool:
        """Whether it is a hold that still runs."""
        return self.status == Status.HELD and self.held_until is not None and self.held_until > now


@dataclass(frozen=True, kw_only=True)
class Itinerary:
    """An account's appointments, latest first. `version` only grows."""

    version: int
    visits: tuple[Visit, ...]
    valid_until: datetime | None = None


async def itinerary(account_id: int, now: datetime) -> Itinerary:
    """What the account's screens show; read anew for each push, and when a hold runs out or a visit is over."""
    query = (
        _visits()
        .where(col(Patient.account_id) == account_id, col(Appointment.status) != Status.EXPIRED)
        .order_by(col(Appointment.starts_at).desc())
        .limit(SHOWN)
    )
    async with db.snapshot() as connection:
        version = (await versions(connection, [account_id])).get(account_id, 0)
        rows = (await connection.execute(query)).all()
    visits = tuple(Visit(**row._mapping) for row in rows)
    ends = [visit.held_until for visit in visits if visit.is_held(now)]
    ends += [visit.ends_at for visit in visits if visit.is_upcoming(now)]
    return Itinerary(version=version, visits=visits, valid_until=min(filter(None, ends), default=None))


async def visit(appointment_id: UUID, *, by: Actor, now: datetime) -> Visit:
    """One appointment, for one who may see it; the read is recorded. Raises NotFound, also for what is not his."""
    query = _visits().where(col(Appointment.id) == inputs.number(appointment_id, "appointment_id"))
    async with db.transaction() as tx:
        row = (await tx.execute(query)).first()
        if row is None or not can(by, "see_appointment", row):
            raise NotFound(appointment_id=str(appointment_id))
        what = "appointment", str(appointment_id)
        tx.record(read(by, "AppointmentRead", what, now=now, patient_id=row.patient_id))
    return Visit(**row._mapping)


async def versions(connection: AsyncConnection, account_ids: list[int]) -> dict[int, int]:
    """The version of each itinerary: appointments come, what goes is counted on, and versions only grow, as the sum."""
    own = select(func.coalesce(func.sum(col(Appointment.version)), 0)).where(
        col(Appointment.patient_id) == col(Patient.id)
    )
    query = (
        select(col(Patient.account_id), func.sum(own.scalar_subquery() + col(Patient.passed_on)).label("total"))
        .where(col(Patient.account_id).in_(account_ids))
        .group_by(col(Patient.account_id))
    )
    return {row.account_id: int(row.total) for row in await connection.execute(query)}


def _visits() -> Select[*tuple[Any, ...]]:
    return (
        select(
            col(Appointment.id),
            col(Appointment.starts_at),
            col(Appointment.ends_at),
            col(Appointment.status),
            col(Appointment.held_until),
            col(Appointment.token),
            col(Appointment.mode),
            col(Appointment.visit_type),
            col(Appointment.fee),
            col(Appointment.version),
            col(Appointment.patient_id),
            col(Patient.name).label("patient"),
            col(Appointment.doctor_id),
            col(Doctor.name).label("doctor"),
            col(Doctor.slug),
            col(Doctor.specialization),
            col(Appointment.clinic_id),
            col(Clinic.name).label("clinic"),
            col(Clinic.address),
            col(Clinic.city),
            col(Clinic.phone),
            col(Clinic.time_zone).label("zone"),
            col(Doctor.currency),
        )
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .join(Doctor, col(Doctor.id) == col(Appointment.doctor_id))
        .join(Clinic, col(Clinic.id) == col(Appointment.clinic_id))
    )
