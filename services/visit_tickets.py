"""What the link to an appointment tells: when, where and with whom, and neither for whom nor why."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.errors import NotFound
from models import Appointment, Clinic, Doctor
from models.appointment import Status
from services import visit_links

HIDDEN = frozenset({Status.HELD, Status.EXPIRED})
"""What is no appointment, or never was one."""

LEFT = frozenset({Status.RESCHEDULED, Status.COMPLETED, Status.CANCELLED})
"""What may have become another: moved, sent on from the waiting room or out of the visit itself, or given back."""

MOST_MOVES = 20
"""How many times an appointment is followed to where it was moved."""


@dataclass(frozen=True, kw_only=True)
class VisitTicket:
    """An appointment as whoever has its link sees it; `was` is what the link was for. `zone` is the clinic's."""

    id: UUID
    patient_id: int
    status: Status
    token: int | None
    mode: str
    day: date
    starts_at: datetime
    doctor_id: int
    doctor: str
    slug: str
    clinic_id: int
    clinic: str
    address: str
    phone: str
    zone: str
    was: "VisitTicket | None" = None


async def ticket(code: str) -> VisitTicket:
    """Where whoever has that link is by now: the appointment itself, or what it has become. Raises NotFound.

    One who was sent on and called back goes by what he was sent from.
    """
    appointment_id = visit_links.opened(code)
    async with db.snapshot() as connection:
        found = await _one(connection, col(Appointment.id) == appointment_id)
        last = found if found is None or found.status not in HIDDEN else await _called_back(connection, found)
        if found is None or last is None:
            raise NotFound
        for _ in range(MOST_MOVES):
            if last.status not in LEFT:
                break
            # By the patient, whose appointments are found by an index.
            onward = col(Appointment.rescheduled_from) == last.id, col(Appointment.patient_id) == last.patient_id
            if (later := await _one(connection, *onward, col(Appointment.status).not_in(HIDDEN))) is None:
                break
            last = later
    return last if last is found else replace(last, was=found)


async def _called_back(connection: AsyncConnection, found: VisitTicket) -> VisitTicket | None:
    """What one who had a token there was sent from; a hold that ran out never had one, and leads nowhere."""
    if found.token is None:
        return None
    origin = select(col(Appointment.rescheduled_from)).where(col(Appointment.id) == found.id)
    return await _one(connection, col(Appointment.id) == origin.scalar_subquery())


async def _one(connection: AsyncConnection, *where: Any) -> VisitTicket | None:
    row = (await connection.execute(_tickets().where(*where).limit(1))).first()
    return None if row is None else VisitTicket(**dict(row._mapping) | {"status": Status(row.status)})


def _tickets() -> Select[*tuple[Any, ...]]:
    return (
        select(
            col(Appointment.id),
            col(Appointment.patient_id),
            col(Appointment.status),
            col(Appointment.token),
            col(Appointment.mode),
            col(Appointment.day),
            col(Appointment.starts_at),
            col(Appointment.doctor_id),
            col(Doctor.name).label("doctor"),
            col(Doctor.slug),
            col(Appointment.clinic_id),
            col(Clinic.name).label("clinic"),
        )
        .add_columns(col(Clinic.address), col(Clinic.phone), col(Clinic.time_zone).label("zone"))
        .join(Doctor, col(Doctor.id) == col(Appointment.doctor_id))
        .join(Clinic, col(Clinic.id) == col(Appointment.clinic_id))
    )
