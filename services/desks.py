"""The front desks that somebody runs: his clinic's, or every one."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from core import db
from core.errors import NotFound
from models import Clinic
from models.user import Role
from services import inputs
from services.permissions import Actor, can, require


@dataclass(frozen=True)
class Desk:
    """A clinic's front desk, as `can` asks about it; `zone` is the clinic's wall clock."""

    clinic_id: int
    name: str = ""
    zone: str = ""


async def desks(*, by: Actor) -> list[Desk]:
    """Those that he runs, by name."""
    query = select(col(Clinic.id), col(Clinic.name), col(Clinic.time_zone)).order_by(col(Clinic.name), col(Clinic.id))
    if by.role != Role.ADMIN:
        query = query.where(col(Clinic.id) == by.clinic_id)
    async with db.snapshot() as connection:
        found = [Desk(identity or 0, name, zone) for identity, name, zone in await connection.execute(query)]
    return [each for each in found if can(by, "run_desk", each)]


async def desk(clinic_id: int, *, by: Actor) -> Desk:
    """That one. Raises Invalid, NotAllowed, also for a clinic that is none, NotFound."""
    require(by, "run_desk", Desk(inputs.identity(clinic_id, "clinic_id")))
    query = select(col(Clinic.name), col(Clinic.time_zone)).where(col(Clinic.id) == clinic_id)
    async with db.snapshot() as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound(clinic_id=clinic_id)
    return Desk(clinic_id, row.name, row.time_zone)
