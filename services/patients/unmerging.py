"""A merge is taken back: both are there again, each with what was his, and with what has come of it since."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlmodel import col

from core.db import Transaction, transaction
from core.errors import DomainError, NotFound, Stale
from core.tables import table
from core.words import N_
from models import PatientMerge
from services import actors, inputs
from services.day_locks import lock_days
from services.patients import belongings
from services.patients.merging import TRIES, DaysGrew, swap, tell
from services.patients.pairs import LOCK, Record, may_merge
from services.permissions import Actor

UNDO_FOR = timedelta(days=7)
"""By the next visit it has been noticed."""

COME_BACK = text("""
    UPDATE patients SET merged_into = NULL, account_id = :account_id, is_account_holder = :is_holder,
        passed_on = passed_on + 1
    WHERE id = :id
""")

PASS_ON = text("UPDATE patients SET passed_on = passed_on + :versions + 1 WHERE id = :id")

FOLLOW_BACK = text("UPDATE patients SET merged_into = :merged WHERE merged_into = :kept AND id = ANY(:ids)")

# Where he has come by himself since, he is known.
FORGET = text("""
    DELETE FROM acquaintances k WHERE patient_id = :kept AND clinic_id = ANY(:clinics) AND NOT EXISTS (
        SELECT FROM appointments a WHERE a.patient_id = k.patient_id AND a.clinic_id = k.clinic_id
            AND a.status NOT IN ('held', 'expired'))
""")


class MergeSettled(DomainError):
    """It is too long ago, or one of the two was merged on or erased since."""

    code = "merge_settled"
    message = N_("This can no longer be undone: it is more than seven days ago, or one of the two has changed since.")


async def undo(merge_id: Any, *, by: Actor, now: datetime) -> int:
    """Make them two again; the number of the one that comes back. To undo it twice gives the same answer.

    What was done under the one that stayed, and has nothing to do with what was moved, stays there. Raises NotFound,
    Invalid, MergeSettled, Stale.
    """
    for _ in range(TRIES):
        try:
            async with transaction() as tx:
                return await _undo(tx, inputs.number(merge_id, "merge_id"), by=by, now=now)
        except DaysGrew:
            continue
    raise Stale


async def _undo(tx: Transaction, merge_id: UUID, *, by: Actor, now: datetime) -> int:
    known = await _merge(tx, merge_id)
    if not await may_merge(tx, [known.kept_id], by=by):
        raise NotFound
    rows = await tx.execute(LOCK, {"ids": sorted((known.kept_id, known.merged_id))})
    records = {row.id: Record(**row._mapping) for row in rows}
    # Who else took it back has waited for the same rows.
    if (await _merge(tx, merge_id)).undone_at is not None:
        return known.merged_id
    kept, merged = records[known.kept_id], records[known.merged_id]
    if now - known.made_at > UNDO_FOR or merged.merged_into != kept.id or kept.merged_into or kept.is_closed:
        raise MergeSettled
    moved = known.moved
    visits = await belongings.visits_back(tx, kept.id, moved)
    shown = visits + (await belongings.visits_of(tx, kept.id) if "name" in moved["swapped"] else [])
    days = await belongings.days_of(tx, shown)
    await lock_days(tx, days, now)
    visits = await belongings.visits_back(tx, kept.id, moved)
    if not (await belongings.days_of(tx, visits)).keys() <= days.keys():
        raise DaysGrew
    await _give_back(tx, kept.id, merged.id, moved, visits)
    await swap(tx, kept, merged, moved["swapped"])
    await tx.execute(update(PatientMerge).where(col(PatientMerge.id) == merge_id).values(undone_at=now))
    tell(tx, "MergeUndone", merge_id, kept, merged, days, by=by, now=now, visits=len(visits))
    if moved["account_id"] is not None:
        await actors.changed(moved["account_id"])
    return merged.id


async def _give_back(tx: Transaction, kept_id: int, merged_id: int, moved: dict[str, Any], visits: list[str]) -> None:
    account = {"account_id": moved["account_id"], "is_holder": moved["is_holder"]}
    await tx.execute(COME_BACK, account | {"id": merged_id})
    versions = await belongings.give(tx, visits, kept_id, merged_id)
    await belongings.give_rows_back(tx, moved, kept_id, merged_id)
    await tx.execute(PASS_ON, {"versions": versions, "id": kept_id})
    await tx.execute(FOLLOW_BACK, {"merged": merged_id, "kept": kept_id, "ids": moved["patients"]})
    await tx.execute(FORGET, {"kept": kept_id, "clinics": moved["clinics"]})


async def _merge(tx: Transaction, merge_id: UUID) -> PatientMerge:
    row = (await tx.execute(select(table(PatientMerge)).where(col(PatientMerge.id) == merge_id))).first()
    if row is None:
        raise NotFound
    return PatientMerge.model_construct(**row._mapping)
