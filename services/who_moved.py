"""Who was faster: the last that was done to an appointment, for one who wanted to do something himself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from core import db
from core.audit import AuditEntry
from models import Appointment, User
from services import inputs
from services.moves import KINDS
from services.permissions import Actor, can


@dataclass(frozen=True, kw_only=True)
class LastMove:
    """What was announced of it last, how long ago, and by whom: None is the clock."""

    kind: str
    ago: timedelta
    name: str | None
    role: str
    is_mine: bool


async def last_move(appointment_id: UUID, *, by: Actor, now: datetime) -> LastMove | None:
    """The last one; None where there is none, or where `by` may not see the doctor's day."""
    query = (
        select(
            col(Appointment.doctor_id),
            col(Appointment.clinic_id),
            col(AuditEntry.action),
            col(AuditEntry.occurred_at),
            col(AuditEntry.actor_id),
            col(AuditEntry.actor_role),
            col(User.name),
        )
        .join(
            AuditEntry,
            (col(AuditEntry.object_type) == "appointment")
            & (col(AuditEntry.object_id) == str(inputs.number(appointment_id, "appointment_id")))
            # No entry is older than its appointment: the months before are not looked at.
            & (col(AuditEntry.occurred_at) >= col(Appointment.created_at)),
        )
        .outerjoin(User, col(User.id) == col(AuditEntry.actor_id))
        .where(col(Appointment.id) == appointment_id, col(AuditEntry.action).in_(sorted(KINDS)))
        .order_by(col(AuditEntry.occurred_at).desc(), col(AuditEntry.id).desc())
        .limit(1)
    )
    async with db.glance() as connection:
        row = (await connection.execute(query)).first()
    if row is None or not can(by, "see_day", row):
        return None
    return LastMove(
        kind=row.action,
        ago=max(timedelta(), now - row.occurred_at),
        # A patient is not named to whoever did not ask for him: the screen shows whose appointment it is.
        name=row.name if row.actor_role != "patient" else None,
        role=row.actor_role,
        is_mine=row.actor_id == by.user_id,
    )
