"""Two records of one person: which of them stays, and what forbids to make them one."""

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


RECORDS = """
    SELECT p.id, p.name, p.born_on, p.language, p.account_id, p.is_account_holder, p.phone_sealed, p.phone_hash,
        p.phone_tail, p.merged_into, p.created_at, p.erase_on IS NOT NULL OR u.erased_at IS NOT NULL AS is_closed
    FROM patients p LEFT JOIN users u ON u.id = p.account_id WHERE p.id = ANY(:ids) ORDER BY p.id
"""

READ, LOCK = text(RECORDS), text(RECORDS + " FOR NO KEY UPDATE OF p")

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
    for each in ids:
        if not can(by, "merge_patients", await acquaintances.acquainted(tx, each)):
            raise NotFound(patient_id=each)
    records = [Record(**row._mapping) for row in await tx.execute(LOCK if is_locked else READ, {"ids": ids})]
    if any(record.merged_into is not None for record in records):
        raise Stale
    kept, merged = sorted(records, key=_precedence)
    return kept, merged


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
