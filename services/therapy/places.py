"""The therapists and the rooms of a clinic: who they are, and how nobody else is given one meanwhile."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core import db
from core.db import Transaction
from core.errors import NotFound
from services.therapy.course_moves import ROOM, THERAPIST

KINDS = {"therapist": THERAPIST, "room": ROOM}
"""What a place may be, and how it is locked."""

PLACES = """
    SELECT 'therapist' AS kind, id, name FROM therapists WHERE clinic_id = :clinic AND is_active
    UNION ALL SELECT 'room', id, name FROM rooms WHERE clinic_id = :clinic AND is_active
"""
"""Those of a clinic, in any order: for statements that have more to say."""

SORTED = text(f"{PLACES} ORDER BY kind, name, id")

ROOMS = text("SELECT id FROM rooms WHERE clinic_id = :clinic_id AND is_active ORDER BY id FOR NO KEY UPDATE")

THERAPISTS = text("SELECT id, name FROM therapists WHERE clinic_id = :clinic_id AND is_active ORDER BY name, id")


@dataclass(frozen=True)
class Place:
    """A therapist or a room: `kind` says which."""

    kind: str
    id: int
    name: str


async def places_of(connection: AsyncConnection, clinic_id: int) -> list[Place]:
    """The rooms of the clinic and then its therapists, each by name."""
    return [Place(**row._mapping) for row in await connection.execute(SORTED, {"clinic": clinic_id})]


async def therapists(clinic_id: int) -> list[tuple[int, str]]:
    """Id and name of those who give therapies at the clinic, by name."""
    async with db.snapshot() as connection:
        return [(row.id, row.name) for row in await connection.execute(THERAPISTS, {"clinic_id": clinic_id})]


async def lock_places(tx: Transaction, therapist_id: int, clinic_id: int) -> list[int]:
    """Make the therapist and the rooms of the clinic ours until the transaction ends; the rooms come back.

    In the order that courses lock them, and before `lock_days`. Raises NotFound for a therapist who is not there.
    """
    if (await tx.execute(THERAPIST, {"id": therapist_id})).scalar() != clinic_id:
        raise NotFound(therapist_id=therapist_id)
    return list((await tx.execute(ROOMS, {"clinic_id": clinic_id})).scalars())


async def lock_place(tx: Transaction, kind: str, place_id: int, clinic_id: int) -> None:
    """Make that one ours until the transaction ends, before `lock_days`. Raises NotFound where it is not there."""
    if (await tx.execute(KINDS[kind], {"id": place_id})).scalar() != clinic_id:
        raise NotFound(**{f"{kind}_id": place_id})
