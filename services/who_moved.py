"""Who was faster: the last that was done to an appointment, a time or a calendar, for one who wanted it himself."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select, text
from sqlmodel import col

from core import db
from core.audit import AuditEntry
from models import Appointment, Doctor, User
from models.appointment import ACTIVE
from services import inputs
from services.days import doctor_ref
from services.permissions import Actor, can
from services.slots import LONGEST
from services.time_history import recorded
from services.walls import bounds, local_day

CHANGES = text("""
    SELECT a.action, a.occurred_at, a.actor_id, a.actor_role, u.name FROM audit_log a
    LEFT JOIN users u ON u.id = a.actor_id
    WHERE a.occurred_at >= :since AND (
        (a.object_type = 'doctor_day' AND a.object_id LIKE :of_a_day AND a.action IN ('BreakTaken', 'BreakEnded'))
        OR (a.object_type = 'resolution' AND a.object_id IN (
            SELECT r.id::text FROM resolutions r LEFT JOIN leaves l ON l.id = ANY(r.leave_ids)
            WHERE coalesce((r.hours ->> 'doctor_id')::int, l.doctor_id) = :doctor_id)))
    ORDER BY a.occurred_at DESC, a.id DESC LIMIT 1
""")
"""What is recorded of a doctor's hours, leaves and breaks, the latest first."""


@dataclass(frozen=True, kw_only=True)
class LastMove:
    """What was announced of it last, how long ago, and by whom: None is the clock. `version` is its own by now."""

    kind: str
    ago: timedelta
    name: str | None
    role: str
    is_mine: bool
    version: int = 0


async def last_move(appointment_id: UUID, *, by: Actor, now: datetime) -> LastMove | None:
    """The last one; None where there is none, or where `by` may not see the doctor's day."""
    wanted = col(Appointment.id) == inputs.number(appointment_id, "appointment_id")
    read = (Appointment.doctor_id, Appointment.clinic_id, Appointment.created_at, Appointment.version)
    whose = select(*map(col, read)).where(wanted)
    columns = (AuditEntry.action, AuditEntry.occurred_at, AuditEntry.actor_id, AuditEntry.actor_role, User.name)
    async with db.snapshot() as connection:
        appointment = (await connection.execute(whose)).first()
        if appointment is None or not can(by, "see_day", appointment):
            return None
        query = recorded([appointment_id], appointment.created_at, *map(col, columns))
        row = (
            await connection.execute(query.outerjoin(User, col(User.id) == col(AuditEntry.actor_id)).limit(1))
        ).first()
    return None if row is None else replace(_move(row, by, now), version=appointment.version)


async def last_change(doctor_id: int, since: datetime, *, by: Actor, now: datetime) -> LastMove | None:
    """The last change of a doctor's calendar after `since`; None where there is none, or `by` may not see his day."""
    if not can(by, "see_day", await doctor_ref(doctor_id)):
        return None
    values = {"doctor_id": doctor_id, "of_a_day": f"{doctor_id}:%", "since": since}
    async with db.snapshot() as connection:
        row = (await connection.execute(CHANGES, values)).first()
    return None if row is None else _move(row, by, now)


async def last_delay(doctor_id: int, *, by: Actor, now: datetime) -> LastMove | None:
    """Who said last how late the doctor's today runs; None where nobody did, or `by` may not see his day."""
    doctor = await doctor_ref(doctor_id)
    if not can(by, "see_day", doctor):
        return None
    day = local_day(now, doctor.zone)
    columns = (AuditEntry.action, AuditEntry.occurred_at, AuditEntry.actor_id, AuditEntry.actor_role, User.name)
    query: Any = (
        select(*map(col, columns))
        .outerjoin(User, col(User.id) == col(AuditEntry.actor_id))
        .where(
            col(AuditEntry.object_type) == "doctor_day",
            col(AuditEntry.object_id) == f"{doctor_id}:{day}",
            col(AuditEntry.action) == "DoctorRunsLate",
            # It is said of a day on that day: the partitions of earlier months are left alone.
            col(AuditEntry.occurred_at) >= bounds(day, doctor.zone)[0],
        )
        .order_by(col(AuditEntry.occurred_at).desc(), col(AuditEntry.id).desc())
        .limit(1)
    )
    async with db.snapshot() as connection:
        row = (await connection.execute(query)).first()
    return None if row is None else _move(row, by, now)


def _move(row: Row[Any], by: Actor, now: datetime) -> LastMove:
    return LastMove(
        kind=row.action,
        ago=max(timedelta(), now - row.occurred_at),
        # A patient is not named to whoever did not ask for him: the screen shows whose appointment it is.
        name=row.name if row.actor_role != "patient" else None,
        role=row.actor_role,
        is_mine=row.actor_id == by.user_id,
    )


@dataclass(frozen=True, kw_only=True)
class Taker:
    """An appointment that is in the way: when it is, with which doctor, by which door it came, and its last move."""

    starts_at: datetime
    doctor: str
    status: str
    source: str
    last: LastMove | None


async def in_the_way(
    appointment_id: UUID,
    doctor_id: int,
    starts_at: datetime,
    *,
    by: Actor,
    now: datetime,
    place: tuple[str, int] | None = None,
) -> Taker | None:
    """What keeps the appointment from that time: the doctor's, its patient's, its therapist's or its room's.

    `place` is the therapist or the room that is wished instead of its own. None where nothing keeps it any more, or
    where `by` may not see whose it is.
    """
    own = col(Appointment.id) == inputs.number(appointment_id, "appointment_id")
    async with db.snapshot() as connection:
        mine = (await connection.execute(select(*_OF_IT).where(own))).first()
        if mine is None:
            return None
        ends_at = starts_at + (mine.busy_until - mine.starts_at)
        instead = {f"{place[0]}_id": place[1]} if place else {}
        places = [
            col(getattr(Appointment, name)) == value
            for name in ("patient_id", "therapist_id", "room_id")
            if (value := instead.get(name, getattr(mine, name))) is not None
        ]
        query = (
            select(*_OF_IT, col(Doctor.name).label("doctor"))
            .join(Doctor, col(Doctor.id) == col(Appointment.doctor_id))
            .where(
                ~own,
                col(Appointment.starts_at) < ends_at,
                col(Appointment.starts_at) > starts_at - LONGEST,
                col(Appointment.busy_until) > starts_at,
                col(Appointment.status).in_(sorted(ACTIVE)),
                or_(col(Appointment.doctor_id) == doctor_id, *places),
            )
            # What the doctor himself has goes before what others have.
            .order_by((col(Appointment.doctor_id) == doctor_id).desc(), col(Appointment.starts_at))
            .limit(1)
        )
        found = (await connection.execute(query)).first()
    if found is None or not can(by, "see_day", found):
        return None
    return Taker(
        starts_at=found.starts_at,
        doctor=found.doctor,
        status=found.status,
        source=found.source,
        last=await last_move(found.id, by=by, now=now),
    )


_OF_IT = tuple(
    col(getattr(Appointment, name))
    for name in (
        "id",
        "starts_at",
        "busy_until",
        "doctor_id",
        "clinic_id",
        "patient_id",
        "therapist_id",
        "room_id",
        "status",
        "source",
    )
)
