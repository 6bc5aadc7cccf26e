"""A doctor's profile, and what a list says of one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlmodel import col

from core import db
from core.errors import NotFound
from models import Clinic, Doctor, NextOpen
from services import inputs


@dataclass(frozen=True, kw_only=True)
class Found:
    """A doctor in a list. `fee` in minor units, `rating` in tenths, `next_open` in UTC or None."""

    id: int
    slug: str
    name: str
    qualification: str
    specialization: str
    clinic: str
    clinic_id: int
    area: str
    city: str
    zone: str
    languages: tuple[str, ...]
    modes: tuple[str, ...]
    fee: int
    currency: str
    rating: int
    review_count: int
    practising_since: int
    next_open: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Profile(Found):
    """All that a patient may know of a doctor."""

    bio: str
    registration_number: str
    address: str
    phone: str
    horizon_days: int
    slot_minutes: int


COLUMNS: tuple[Any, ...] = (
    col(Doctor.id),
    col(Doctor.slug),
    col(Doctor.name),
    col(Doctor.qualification),
    col(Doctor.specialization),
    col(Clinic.name).label("clinic"),
    col(Doctor.clinic_id),
    col(Clinic.area),
    col(Clinic.city),
    col(Clinic.time_zone).label("zone"),
    col(Doctor.languages),
    col(Doctor.modes),
    col(Doctor.fee),
    col(Doctor.currency),
    col(Doctor.rating),
    col(Doctor.review_count),
    col(Doctor.practising_since),
)


async def profile(who: str | int) -> Profile:
    """The doctor of that slug, or of that id. Raises NotFound."""
    is_meant = col(Doctor.id) == who if isinstance(who, int) else col(Doctor.slug) == inputs.plain(who)
    next_open = select(func.min(col(NextOpen.starts_at))).where(col(NextOpen.doctor_id) == col(Doctor.id))
    more = (
        col(Doctor.bio),
        col(Doctor.registration_number),
        col(Clinic.address),
        col(Clinic.phone),
        col(Doctor.horizon_days),
        col(Doctor.slot_minutes),
        next_open.scalar_subquery().label("next_open"),
    )
    query = (
        select(*COLUMNS, *more)
        .join(Clinic, col(Clinic.id) == col(Doctor.clinic_id))
        .where(is_meant, col(Doctor.is_active))
    )
    async with db.snapshot() as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound(doctor=who)
    return Profile(**values(row))


async def at_clinic(clinic_id: int | None) -> list[tuple[int, str]]:
    """Id and name of the active doctors of a clinic, or of all clinics, by name."""
    query = select(col(Doctor.id), col(Doctor.name)).where(col(Doctor.is_active)).order_by(col(Doctor.name))
    if clinic_id is not None:
        query = query.where(col(Doctor.clinic_id) == clinic_id)
    async with db.snapshot() as connection:
        return [(row.id, row.name) for row in await connection.execute(query)]


async def names(ids: Collection[int]) -> dict[int, str]:
    """What those doctors are called, by id."""
    if not ids:
        return {}
    async with db.snapshot() as connection:
        found = await connection.execute(select(col(Doctor.id), col(Doctor.name)).where(col(Doctor.id).in_(ids)))
        return {row.id: row.name for row in found}


async def cities() -> list[str]:
    """The cities that have a clinic, by name."""
    async with db.snapshot() as connection:
        return list(await connection.scalars(select(col(Clinic.city)).distinct().order_by(col(Clinic.city))))


def values(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """What a row of COLUMNS and more holds, as `Found` has it."""
    found = dict(row._mapping)
    return found | {"languages": tuple(found["languages"]), "modes": tuple(found["modes"])}
