"""Two records side by side, before they are made one: what is the same, what differs, which stays, what forbids it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.db import transaction
from core.errors import DomainError
from services.patients import glances
from services.patients.glances import Known
from services.patients.pairs import may_merge, pair, refuse
from services.patients.unmerging import UNDO_FOR
from services.permissions import Actor
from services.trail import read

STANDING = text("""
    SELECT m.id, m.merged_id, m.made_at, p.name FROM patient_merges m JOIN patients p ON p.id = m.merged_id
    WHERE m.kept_id = :kept AND m.undone_at IS NULL AND p.merged_into = :kept AND m.made_at >= :since
    ORDER BY m.made_at DESC
""")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """`kept` stays; with an account it keeps its name and telephone. `refusal` is why the two cannot be one."""

    kept: Known
    merged: Known
    may_choose: bool
    refusal: DomainError | None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A merge that can still be undone, and the name under which the other was known; until when."""

    id: UUID
    merged_id: int
    name: str
    until: datetime


async def comparison(first: Any, second: Any, *, by: Actor, now: datetime) -> Comparison:
    """Both as `by` sees them; that they were read is recorded. Raises NotFound, Invalid, Stale."""
    async with transaction() as tx:
        kept, merged = await pair(tx, first, second, by=by)
        people = await glances.known(tx.connection, [kept.id, merged.id], by)
        refusal: DomainError | None = None
        try:
            await refuse(tx.connection, kept, merged)
        except DomainError as why:
            refusal = why
        what = "patient", str(kept.id)
        tx.record(read(by, "PatientsCompared", what, now=now, patient_ids=(kept.id, merged.id)))
    return Comparison(kept=people[0], merged=people[1], may_choose=kept.account_id is None, refusal=refusal)


async def standing(patient_id: int, *, by: Actor, now: datetime) -> list[Standing] | None:
    """Who was merged with him and can still be taken apart again, the latest first; None where `by` may not."""
    async with transaction() as tx:
        if not await may_merge(tx, [patient_id], by=by):
            return None
        rows = await tx.execute(STANDING, {"kept": patient_id, "since": now - UNDO_FOR})
        return [
            Standing(id=row.id, merged_id=row.merged_id, name=row.name, until=row.made_at + UNDO_FOR) for row in rows
        ]
