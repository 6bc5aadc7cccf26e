"""What became of a time so far: held, booked, cancelled, moved; when, and by what kind of person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core.audit import AuditEntry
from models import Appointment
from models.appointment import Status
from services.moves import EVENTS, KINDS
from services.permissions import Actor, can
from services.slots import LONGEST

SHOWN = 50
"""At most so many steps, the latest."""

OF_THE_TIME = frozenset(
    EVENTS[status]
    for status in (
        Status.HELD,
        Status.BOOKED,
        Status.EXPIRED,
        Status.CANCELLED,
        Status.RESCHEDULED,
        Status.NO_SHOW,
    )
)
"""What anybody may know: that the time was taken, or became free. How a visit went is for those who may see it."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that happened to the time: an event's kind, when, and by what kind of person (`system`: the clock).

    `appointment_id` is there only for one who may see that appointment.
    """

    at: datetime
    kind: str
    role: str
    appointment_id: UUID | None = None


async def appointments_then(
    connection: AsyncConnection, doctor_id: int, starts_at: datetime, ends_at: datetime
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The doctor's appointments, also those that are over, whose visit met that time; with whose they are."""
    query = select(
        col(Appointment.id),
        col(Appointment.patient_id),
        col(Appointment.doctor_id),
        col(Appointment.clinic_id),
        col(Appointment.status),
        col(Appointment.held_until),
        col(Appointment.created_at),
    ).where(
        col(Appointment.doctor_id) == doctor_id,
        col(Appointment.starts_at) > starts_at - LONGEST,
        col(Appointment.starts_at) < ends_at,
        col(Appointment.ends_at) > starts_at,
    )
    return (await connection.execute(query)).all()


def recorded(of: Collection[UUID], since: datetime, *columns: Any) -> Select[*tuple[Any, ...]]:
    """What the trail has of those appointments' moves, the latest first; none is older than `since`, when they came."""
    return (
        select(*columns)
        .where(
            col(AuditEntry.object_type) == "appointment",
            col(AuditEntry.object_id).in_([str(each) for each in of]),
            col(AuditEntry.action).in_(sorted(KINDS)),
            # The months before are not looked at.
            col(AuditEntry.occurred_at) >= since,
        )
        .order_by(col(AuditEntry.occurred_at).desc(), col(AuditEntry.id).desc())
    )


async def steps(connection: AsyncConnection, there: Sequence[Any], by: Actor | None) -> tuple[Step, ...]:
    """What happened to those appointments, oldest first, as far as `by` may know it."""
    if not there:
        return ()
    seen = {str(row.id) for row in there if by is not None and can(by, "see_appointment", row)}
    columns = (AuditEntry.occurred_at, AuditEntry.action, AuditEntry.actor_role, AuditEntry.object_id)
    since = min(row.created_at for row in there)
    query = recorded([row.id for row in there], since, *map(col, columns)).limit(SHOWN)
    found = [
        Step(at=at, kind=kind, role=role, appointment_id=UUID(identity) if identity in seen else None)
        for at, kind, role, identity in await connection.execute(query)
        if kind in OF_THE_TIME or identity in seen
    ]
    return tuple(reversed(found))


async def page(connection: AsyncConnection, appointment: Appointment, *, limit: int, passed: int) -> list[Step]:
    """At most so many steps of one appointment, oldest first, behind those `passed`: none is ever taken away."""
    columns = (AuditEntry.occurred_at, AuditEntry.action, AuditEntry.actor_role)
    oldest_first = col(AuditEntry.occurred_at), col(AuditEntry.id)
    query = recorded([appointment.id], appointment.created_at, *map(col, columns)).order_by(None)
    query = query.order_by(*oldest_first).limit(limit).offset(passed)
    told = await connection.execute(query)
    return [Step(at=at, kind=kind, role=role, appointment_id=appointment.id) for at, kind, role in told]
