"""Why a patient comes: sealed, one for an appointment and for those that it is moved to."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.crypto import seal, unseal
from core.db import Transaction
from core.errors import Invalid
from models import Appointment, VisitReason

LONGEST = 500
"""Characters."""

# An appointment that was moved is another row, which knows the one before it.
OF = text("""
    WITH RECURSIVE chain AS (
        SELECT id, rescheduled_from, 0 AS back FROM appointments WHERE id = :id
        UNION ALL
        SELECT a.id, a.rescheduled_from, back + 1 FROM chain JOIN appointments a ON a.id = chain.rescheduled_from
    )
    SELECT r.id, r.reason_sealed FROM chain JOIN visit_reasons r ON r.id = chain.id ORDER BY back LIMIT 1
""")

ALL = text("SELECT id, patient_id, reason_sealed, created_at FROM visit_reasons WHERE patient_id = ANY(:patients)")

FORGET = text("DELETE FROM visit_reasons WHERE patient_id = ANY(:patients)")


async def keep(tx: Transaction, appointment: Appointment, reason: str | None, *, now: datetime) -> None:
    """Write down why the patient comes; nothing where nothing is said. Raises Invalid."""
    if not (reason := (reason or "").strip()):
        return
    if len(reason) > LONGEST:
        raise Invalid(field="reason")
    sealed = seal(reason, about=_about(appointment.id))
    values = {"id": appointment.id, "patient_id": appointment.patient_id, "reason_sealed": sealed, "created_at": now}
    await tx.execute(insert(VisitReason).values(values))


async def of(connection: AsyncConnection, appointment_id: UUID) -> str | None:
    """The reason that was said for an appointment, or for the one that it was moved from."""
    row = (await connection.execute(OF, {"id": appointment_id})).first()
    return None if row is None else unseal(row.reason_sealed, about=_about(row.id))


async def of_patients(connection: AsyncConnection, patient_ids: Sequence[int]) -> dict[UUID, str]:
    """All reasons of these people, by the appointment for which they were said."""
    rows = await connection.execute(ALL, {"patients": list(patient_ids)})
    return {row.id: unseal(row.reason_sealed, about=_about(row.id)) for row in rows}


async def forget(tx: Transaction, patient_ids: Collection[int]) -> None:
    """Take the reasons of people whose account is erased: they are no part of what the law wants kept."""
    await tx.execute(FORGET, {"patients": list(patient_ids)})


def _about(appointment_id: UUID) -> str:
    return f"visit_reasons.reason:{appointment_id}"
