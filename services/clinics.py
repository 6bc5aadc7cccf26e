"""The clinics that one of the staff books for: his own, or every one for an administrator."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import col

from core import db
from models import Clinic
from models.user import Role
from services.permissions import Actor


@dataclass(frozen=True, kw_only=True)
class Place:
    """A clinic, its city and its wall clock."""

    clinic_id: int
    name: str
    city: str
    zone: str


async def of(by: Actor) -> list[Place]:
    """Those that he works for, which are all for an administrator; by name."""
    query: Select[*tuple[Any, ...]] = select(
        col(Clinic.id).label("clinic_id"), col(Clinic.name), col(Clinic.city), col(Clinic.time_zone).label("zone")
    ).order_by(col(Clinic.name), col(Clinic.id))
    if by.role != Role.ADMIN:
        query = query.where(col(Clinic.id) == by.clinic_id)
    async with db.snapshot() as connection:
        return [Place(**row._mapping) for row in await connection.execute(query)]
