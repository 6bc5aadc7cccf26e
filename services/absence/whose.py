"""Whose calendar a change is of: a doctor's, several doctors' of one clinic, or a whole clinic's."""

from dataclasses import dataclass

from sqlalchemy import select, union
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core.errors import Invalid, NotFound
from models import Doctor, HourOverride, WeeklyHours
from services.absence.leaves import Away, Change, Closed, Picked
from services.permissions import Actor, require


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """As `can` asks about it: a doctor's, or a whole clinic's."""

    doctor_id: int | None
    clinic_id: int


async def require_his(connection: AsyncConnection, change: Change, by: Actor) -> int:
    """The clinic, if each calendar is his to set and all are of one. Raises NotFound, NotAllowed, Invalid."""
    doctor_ids, clinic_id = _whose(change)
    if not doctor_ids:
        require(by, "set_calendar", Calendar(doctor_id=None, clinic_id=clinic_id))
        return clinic_id
    query = select(col(Doctor.id), col(Doctor.clinic_id)).where(col(Doctor.id).in_(doctor_ids), col(Doctor.is_active))
    homes = {row.id: row.clinic_id for row in await connection.execute(query)}
    for doctor_id in doctor_ids:
        if doctor_id not in homes:
            raise NotFound(doctor_id=doctor_id)
        require(by, "set_calendar", Calendar(doctor_id=doctor_id, clinic_id=homes[doctor_id]))
    if len(clinics := set(homes.values())) > 1:
        raise Invalid(field="doctors")
    return int(clinics.pop())


async def doctors_of(connection: AsyncConnection, change: Change) -> list[int]:
    """Whose days it touches: of the doctors, or of all who sit at the clinic, be it on one date."""
    doctor_ids, clinic_id = _whose(change)
    if doctor_ids:
        return sorted(set(doctor_ids))
    at = [
        select(col(Doctor.id)).where(col(Doctor.clinic_id) == clinic_id),
        select(col(WeeklyHours.doctor_id)).where(col(WeeklyHours.clinic_id) == clinic_id),
        select(col(HourOverride.doctor_id)).where(col(HourOverride.clinic_id) == clinic_id),
    ]
    return sorted(await connection.scalars(union(*at)))


def _whose(change: Change) -> tuple[tuple[int, ...], int]:
    """The doctors whom it is about; none: the clinic."""
    match change:
        case Closed():
            return (), change.clinic_id
        case Picked():
            return (change.doctor_id,) if change.doctor_id is not None else (), change.clinic_id
        case Away():
            return change.doctor_ids, 0
        case _:
            return (change.doctor_id,), 0
