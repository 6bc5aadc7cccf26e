"""Who works here: seen, put out of work at once, and taken back by an administrator."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlmodel import col

from core import db
from core.audit import AuditEntry
from core.errors import DomainError, NotAllowed, NotFound
from core.words import N_
from models import Clinic, Doctor, Session, User
from models.user import Role
from services import actors, inputs, sessions, trail
from services.invitations import STAFF
from services.permissions import Actor, require


class NotOneself(DomainError):
    """Nobody puts himself out: so one administrator always stays."""

    code = "not_oneself"
    message = N_("You cannot deactivate your own account.")


@dataclass(frozen=True, kw_only=True)
class Member:
    """One of the staff; `last_seen_at` is of his latest session."""

    id: int
    name: str
    email: str
    role: Role
    clinic: str
    is_active: bool
    has_second_factor: bool
    last_seen_at: datetime | None


async def members(*, by: Actor) -> list[Member]:
    """All who work here or did, by name. Raises NotAllowed."""
    require(by, "manage_staff", None)
    seen = select(func.max(col(Session.last_seen_at))).where(col(Session.user_id) == col(User.id)).scalar_subquery()
    query = (
        select(col(User.id), col(User.name), col(User.email), col(User.role), col(User.is_active))
        .add_columns(col(User.totp_confirmed_at), col(Clinic.name).label("clinic"), seen.label("last_seen_at"))
        .outerjoin(Doctor, col(Doctor.user_id) == col(User.id))
        .outerjoin(Clinic, col(Clinic.id) == func.coalesce(col(User.clinic_id), col(Doctor.clinic_id)))
        .where(col(User.role).in_(STAFF), col(User.erased_at).is_(None))
        .order_by(col(User.name), col(User.id))
    )
    async with db.snapshot() as connection:
        rows = (await connection.execute(query)).all()
    return [
        Member(
            id=row.id,
            name=row.name,
            email=row.email or "",
            role=Role(row.role),
            clinic=row.clinic or "",
            is_active=row.is_active,
            has_second_factor=row.totp_confirmed_at is not None,
            last_seen_at=row.last_seen_at,
        )
        for row in rows
    ]


async def places(*, by: Actor) -> list[tuple[int, str]]:
    """Id and name of each clinic that one can be invited to. Raises NotAllowed."""
    require(by, "manage_staff", None)
    query = select(col(Clinic.id), col(Clinic.name), col(Clinic.city)).order_by(col(Clinic.city), col(Clinic.name))
    async with db.snapshot() as connection:
        return [(row.id, f"{row.city} · {row.name}") for row in await connection.execute(query)]


async def doctors_without_account(clinic_id: int, *, by: Actor) -> list[tuple[int, str]]:
    """Id and name of each doctor of the clinic who cannot sign in yet. Raises NotAllowed."""
    require(by, "manage_staff", None)
    query = (
        select(col(Doctor.id), col(Doctor.name))
        .where(col(Doctor.clinic_id) == inputs.identity(clinic_id, "clinic"), col(Doctor.user_id).is_(None))
        .where(col(Doctor.is_active))
        .order_by(col(Doctor.name))
    )
    async with db.snapshot() as connection:
        return [(row.id, row.name) for row in await connection.execute(query)]


async def deactivate(user_id: int, *, by: Actor, now: datetime) -> None:
    """End all that he has open, at once; he cannot sign in again. Raises NotAllowed, NotFound, NotOneself."""
    await _set(user_id, is_active=False, by=by, now=now)


async def reactivate(user_id: int, *, by: Actor, now: datetime) -> None:
    """Let him sign in again. Raises NotAllowed, NotFound, NotOneself."""
    await _set(user_id, is_active=True, by=by, now=now)


async def _set(user_id: int, *, is_active: bool, by: Actor, now: datetime) -> None:
    require(by, "manage_staff", None)
    if inputs.identity(user_id, "user") == by.user_id:
        raise NotOneself
    # The administrators one after the other: of two who put each other out, the second is out already.
    admins = select(col(User.id)).where(col(User.role) == Role.ADMIN, col(User.is_active))
    async with db.transaction() as tx:
        locked = await tx.execute(admins.order_by(col(User.id)).with_for_update())
        if by.user_id not in locked.scalars().all():
            raise NotAllowed(action="manage_staff")
        changed = await tx.execute(
            update(User)
            .where(col(User.id) == user_id, col(User.role).in_(STAFF), col(User.erased_at).is_(None))
            .where(col(User.is_active) != is_active)
            .values(is_active=is_active)
        )
        if changed.rowcount == 0:
            raise NotFound
        if not is_active:
            await sessions.end_all(tx, user_id, now=now)
            await actors.changed(user_id)
        tx.record(_entry(by, "staff_reactivated" if is_active else "staff_deactivated", user_id, now))


def _entry(by: Actor, action: str, user_id: int, now: datetime) -> AuditEntry:
    return trail.entry(by, action, ("user", str(user_id)), now=now)
