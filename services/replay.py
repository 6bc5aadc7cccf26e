"""What happened since a version that somebody still holds, out of the table of events, or that it cannot be told."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.events import EventRow
from models import Appointment
from services.moves import KINDS
from services.patient_view import Part, total

WINDOW = timedelta(minutes=10)
"""How far back it is told."""


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One event, and the version of the view that it led to."""

    event: str
    at: datetime
    version: int
    appointment_id: UUID | None = None


@dataclass(frozen=True)
class Replay:
    """In order; `is_whole` only where nothing between the two versions is missing."""

    events: tuple[Happened, ...] = ()
    is_whole: bool = True


UNKNOWN = Replay(is_whole=False)


async def of_day(doctor_id: int, day: date, since: int, until: int, *, now: datetime) -> Replay:
    """Of a doctor's day: each version has an event that names it, or it is not whole."""
    if since == until:
        return Replay()
    topic = f"doctor:{doctor_id}:{day}"
    async with db.snapshot() as connection:
        rows = await _events(connection, topic, now)
    found = [_happened(row, version) for row in rows if since < (version := _day_version(row, topic)) <= until]
    if not 0 <= since < until or len({each.version for each in found}) != until - since:
        return UNKNOWN
    return Replay(tuple(found))


async def of_patient(part: Part, since: int, until: int, *, now: datetime) -> Replay:
    """Of a patient's appointments: each event of one of them raised the version by one, counted back from now."""
    if since == until:
        return Replay()
    async with db.snapshot() as connection:
        current = await total(connection, part)
        moved = [row for row in await _events(connection, f"patient:{part.patient_id}", now) if row.kind in KINDS]
        if part != Part(part.patient_id):
            theirs = await _of_part(connection, part, [row.data["appointment_id"] for row in moved])
            moved = [row for row in moved if row.data["appointment_id"] in theirs]
    numbered = [_happened(row, current - back) for back, row in enumerate(reversed(moved))][::-1]
    found = [each for each in numbered if since < each.version <= until]
    if not 0 <= since < until or len(found) != until - since:
        return UNKNOWN
    return Replay(tuple(found))


async def _events(connection: AsyncConnection, topic: str, now: datetime) -> list[Row[Any]]:
    query = (
        select(col(EventRow.kind), col(EventRow.data), col(EventRow.occurred_at))
        .where(col(EventRow.occurred_at) > now - WINDOW, any_(col(EventRow.topics)) == topic)
        .order_by(col(EventRow.id))
    )
    return list((await connection.execute(query)).all())


async def _of_part(connection: AsyncConnection, part: Part, identities: list[str]) -> set[str]:
    query = select(col(Appointment.id)).where(part.condition, col(Appointment.id).in_([UUID(i) for i in identities]))
    return {str(identity) for identity in (await connection.execute(query)).scalars()}


def _day_version(row: Row[Any], topic: str) -> int:
    """The version of the day that the event brought about; nought where it does not say so."""
    version: int = row.data.get("day_versions", {}).get(topic) or row.data.get("day_version") or 0
    return version


def _happened(row: Row[Any], version: int) -> Happened:
    named = row.data.get("appointment_id")
    return Happened(
        event=row.kind, at=row.occurred_at, version=version, appointment_id=UUID(named) if named is not None else None
    )
