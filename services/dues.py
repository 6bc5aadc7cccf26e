"""What is paid at the desk for an appointment, and what is left; one that was moved takes it along."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# An appointment that was moved or sent on is another row, which knows the one before it. Each is looked up by its
# number: to join them would read the whole book.
DUES = text("""
    WITH RECURSIVE chain AS (
        SELECT a.id AS visit, a.fee, d.currency, a.id, a.rescheduled_from
        FROM appointments a JOIN doctors d ON d.id = a.doctor_id WHERE a.id = ANY(:ids)
        UNION ALL
        SELECT c.visit, c.fee, c.currency, b.id, b.rescheduled_from
        FROM chain c CROSS JOIN LATERAL (
            SELECT a.id, a.rescheduled_from FROM appointments a WHERE a.id = c.rescheduled_from LIMIT 1
        ) b WHERE c.rescheduled_from IS NOT NULL
    )
    SELECT c.visit, c.fee, c.currency, coalesce(sum(p.amount), 0) AS paid, coalesce(sum(p.remitted), 0) AS remitted
    FROM chain c LEFT JOIN desk_payments p ON p.appointment_id = c.id AND p.voided_at IS NULL
    GROUP BY c.visit, c.fee, c.currency
""")

DAYS = text("""
    WITH RECURSIVE onward AS (
        SELECT id, doctor_id, day, patient_id FROM appointments WHERE id = :id
        UNION ALL
        SELECT a.id, a.doctor_id, a.day, a.patient_id
        FROM onward o JOIN appointments a ON a.patient_id = o.patient_id AND a.rescheduled_from = o.id
    )
    SELECT DISTINCT doctor_id, day FROM onward
""")


@dataclass(frozen=True, kw_only=True)
class Due:
    """Of one appointment, in minor units of `currency`; `remitted` was let off."""

    fee: int
    paid: int
    remitted: int
    currency: str

    @property
    def left(self) -> int:
        """What is left to pay."""
        return max(self.fee - self.paid - self.remitted, 0)


async def dues_of(connection: AsyncConnection, appointment_ids: Collection[UUID]) -> Mapping[UUID, Due]:
    """Of each of those appointments that there is."""
    if not appointment_ids:
        return {}
    return {
        row.visit: Due(fee=row.fee, paid=int(row.paid), remitted=int(row.remitted), currency=row.currency)
        for row in await connection.execute(DUES, {"ids": list(appointment_ids)})
    }


async def days_since(connection: AsyncConnection, appointment_id: UUID) -> list[tuple[int, date]]:
    """The doctors' days on which it shows what is paid for an appointment: its own, and where it was moved since."""
    return [(row.doctor_id, row.day) for row in await connection.execute(DAYS, {"id": appointment_id})]
