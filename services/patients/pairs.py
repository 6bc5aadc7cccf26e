"""Two records of one person: which of them stays, and what forbids to make them one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import Transaction
from core.errors import DomainError, Invalid, NotFound, Stale
from core.words import N_
from models.appointment import ACTIVE
from services import acquaintances, inputs
from services.charts import NEVER_WAS
from services.permissions import Actor, can


class TwoAccounts(DomainError):
    """Each of the two belongs to an account of its own."""

    code = "two_accounts"
    message = N_("Both have an account of their own. Only they can give one of them up.")


class VisitsOverlap(DomainError):
    """They are to be at two places at once."""

    code = "visits_overlap"
    message = N_("Both have an appointment at the same time. Cancel or move one of them first.")


class BothWaiting(DomainError):
    """Both wait for the same doctor, or both are offered a time at this moment."""

    code = "both_waiting"
    message = N_("Both are on the waitlist of the same doctor, or are being offered a time. Take one off first.")


class RecordClosed(DomainError):
    """What is left of an account that was erased."""

    code = "record_closed"
    message = N_("One of them had an account that was erased. What the law wants kept of it stays as it is.")


@dataclass(frozen=True, kw_only=True)
class Record:
    """A patient's own row, with what his account says."""

    id: int
    name: str
    born_on: date | None
    language: str | None
    account_id: int | None
    is_account_holder: bool
    phone_sealed: bytes | None
    phone_hash: bytes | None
    phone_tail: bytes | None
    merged_into: int | None
    created_at: datetime
    is_closed: bool


@dataclass(frozen=True, kw_only=True)
class Twin:
    """A patient as `can` asks about one who would make him one with another, or two again.

    `doctor_ids` treat him or the other: whoever sees the same person twice in his list has seen but one of them there.
    """

    clinic_ids: frozenset[int]
    made_by: int | None
    doctor_ids: frozenset[int]


RECORDS = """
    SELECT p.id, p.name, p.born_on, p.language, p.account_id, p.is_account_holder, p.phone_sealed, p.phone_hash,
        p.phone_tail, p.merged_into, p.created_at, p.erase_on IS NOT NULL OR u.erased_at IS NOT NULL AS is_closed
    FROM patients p LEFT JOIN users u ON u.id = p.account_id WHERE p.id = ANY(:ids) ORDER BY p.id
"""

READ, LOCK = text(RECORDS), text(RECORDS + " FOR NO KEY UPDATE OF p")

DOCTORS = text("""
    SELECT DISTINCT doctor_id FROM appointments WHERE patient_id = ANY(:ids) AND NOT status = ANY(:never_was)
""")

OVERLAP = text("""
    SELECT EXISTS (
        SELECT FROM appointments a JOIN appointments b ON b.during && a.during AND b.patient_id = :second
        WHERE a.patient_id = :first AND a.status = ANY(:active) AND b.status = ANY(:active)
    )
""")

WAIT = text("""
    SELECT EXISTS (
        SELECT FROM waitlist_entries a JOIN waitlist_entries b ON b.patient_id = :second
            AND (b.doctor_id = a.doctor_id OR a.status = 'offered' AND b.status = 'offered')
        WHERE a.patient_id = :first AND a.status IN ('waiting', 'offered') AND b.status IN ('waiting', 'offered')
    )
""")


async def pair(
    tx: Transaction, first: Any, second: Any, *, by: Actor, is_locked: bool = False
) -> tuple[Record, Record]:
    """The one that stays and the one that goes over to it, for whoever knows both.

    Who has an account stays, of one family its holder; else whom the house has known longer. Raises NotFound, Invalid
    for one and the same, Stale where one was merged meanwhile.
    """
    ids = sorted({inputs.identity(each, "patient") for each in (first, second)})
    if len(ids) == 1:
        raise Invalid(field="patient")
    if not await may_merge(tx, ids, by=by):
        raise NotFound(patient_ids=ids)
    records = [Record(**row._mapping) for row in await tx.execute(LOCK if is_locked else READ, {"ids": ids})]
    if any(record.merged_into is not None for record in records):
        raise Stale
    kept, merged = sorted(records, key=_precedence)
    return kept, merged


async def may_merge(tx: Transaction, patient_ids: Sequence[int], *, by: Actor) -> bool:
    """Whether these records, of two persons or of one that two were made, are his to join or to part.

    Raises NotFound, Invalid.
    """
    known = [await acquaintances.acquainted(tx, each) for each in patient_ids]
    ids = sorted({each.patient_id for each in known})
    treating = (await tx.execute(DOCTORS, {"ids": ids, "never_was": sorted(NEVER_WAS)})).scalars()
    doctor_ids = frozenset(treating)
    twins = [Twin(clinic_ids=each.clinic_ids, made_by=each.made_by, doctor_ids=doctor_ids) for each in known]
    return all(can(by, "merge_patients", twin) for twin in twins)


async def refuse(connection: AsyncConnection, kept: Record, merged: Record) -> None:
    """Raise TwoAccounts, RecordClosed, VisitsOverlap or BothWaiting where the two cannot be one."""
    if merged.account_id not in (None, kept.account_id):
        raise TwoAccounts
    if kept.is_closed or merged.is_closed:
        raise RecordClosed
    both = {"first": kept.id, "second": merged.id}
    if await connection.scalar(OVERLAP, both | {"active": sorted(ACTIVE)}):
        raise VisitsOverlap
    if await connection.scalar(WAIT, both):
        raise BothWaiting


def _precedence(record: Record) -> tuple[bool, bool, datetime, int]:
    return record.account_id is None, not record.is_account_holder, record.created_at, record.id
