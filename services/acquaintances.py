"""Where a person is known: at which clinics, and to whom who made him known."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from core.db import Transaction
from core.errors import NotFound
from services import inputs
from services.permissions import Actor
from services.trail import entry

KNOWN = text("""
    SELECT coalesce(merged_into, id) AS patient_id, made_by, ARRAY(
        SELECT clinic_id FROM acquaintances WHERE patient_id IN (p.id, p.merged_into)
    ) AS clinic_ids
    FROM patients p WHERE id = :id
""")

MEET = text("""
    INSERT INTO acquaintances (clinic_id, patient_id) VALUES (:clinic_id, :patient_id)
    ON CONFLICT DO NOTHING RETURNING patient_id
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
    return (await tx.execute(MEET, {"clinic_id": by.clinic_id, "patient_id": patient_id})).first() is not None


async def introduce(tx: Transaction, patient_id: int, *, by: Actor, now: datetime) -> None:
    """The same of one who was known elsewhere; it is recorded."""
    if await meet(tx, patient_id, by=by):
        what = "patient", str(patient_id)
        tx.record(entry(by, "patient_introduced", what, now=now, patient_id=patient_id))
