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
from services.permissions import Actor, can
from services.time_history import recorded


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
    wanted = col(Appointment.id) == inputs.number(appointment_id, "appointment_id")
    whose = select(col(Appointment.doctor_id), col(Appointment.clinic_id), col(Appointment.created_at)).where(wanted)
    columns = (AuditEntry.action, AuditEntry.occurred_at, AuditEntry.actor_id, AuditEntry.actor_role, User.name)
    async with db.snapshot() as connection:
        appointment = (await connection.execute(whose)).first()
        if appointment is None or not can(by, "see_day", appointment):
            return None
        query = recorded([appointment_id], appointment.created_at, *map(col, columns))
        row = (
            await connection.execute(query.outerjoin(User, col(User.id) == col(AuditEntry.actor_id)).limit(1))
        ).first()
    if row is None:
        return None
    return LastMove(
        kind=row.action,
        ago=max(timedelta(), now - row.occurred_at),
        # A patient is not named to whoever did not ask for him: the screen shows whose appointment it is.
        name=row.name if row.actor_role != "patient" else None,
        role=row.actor_role,
        is_mine=row.actor_id == by.user_id,
    )
