"""Where a person is known: at which clinics, and to whom who made him known."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from core.db import Transaction
from core.errors import NotFound
from models import Acquaintance
from services import inputs
from services.permissions import Actor
from services.trail import entry

KNOWN = text("""
    SELECT coalesce(merged_into, id) AS patient_id, made_by, ARRAY(
        SELECT clinic_id FROM acquaintances WHERE patient_id IN (p.id, p.merged_into)
    ) AS clinic_ids
    FROM patients p WHERE id = :id
""")


@dataclass(frozen=True, kw_only=True)
class Acquainted:
    """A patient as `can` asks about one who would look at him, or book for him."""

    patient_id: int
    clinic_ids: frozenset[int]
    made_by: int | None


async def acquainted(tx: Transaction, patient_id: int) -> Acquainted:
    """Whom that number means, who may have been merged since, and who knows him. Raises NotFound, Invalid."""
    row = (await tx.execute(KNOWN, {"id": inputs.identity(patient_id, "patient")})).first()
    if row is None:
        raise NotFound(patient_id=patient_id)
    return Acquainted(patient_id=row.patient_id, clinic_ids=frozenset(row.clinic_ids), made_by=row.made_by)


async def meet(tx: Transaction, patient_id: int, *, by: Actor) -> bool:
    """The clinic of one who works there knows that person from now on; whether it did not before."""
    if not by.is_staff or by.clinic_id is None:
        return False
    knows = insert(Acquaintance).values(clinic_id=by.clinic_id, patient_id=patient_id)
    new = knows.on_conflict_do_nothing().returning(col(Acquaintance.patient_id))
    return (await tx.execute(new)).first() is not None


async def introduce(tx: Transaction, patient_id: int, *, by: Actor, now: datetime) -> None:
    """The same of one who was known elsewhere; it is recorded."""
    if await meet(tx, patient_id, by=by):
        what = "patient", str(patient_id)
        tx.record(entry(by, "patient_introduced", what, now=now, patient_id=patient_id))
