"""What is paid at the desk for an appointment, and what is left; one that was moved takes it along."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

# An appointment that was moved or sent on is another row, which knows the one before it. Each is looked up by its
# number: to join them would read the whole book.
PAID = """
    WITH RECURSIVE chain AS (
        SELECT a.id AS visit, a.doctor_id, a.fee, a.id, a.rescheduled_from FROM appointments a WHERE {which}
        UNION ALL
        SELECT c.visit, c.doctor_id, c.fee, b.id, b.rescheduled_from
        FROM chain c CROSS JOIN LATERAL (
            SELECT a.id, a.rescheduled_from FROM appointments a WHERE a.id = c.rescheduled_from LIMIT 1
        ) b WHERE c.rescheduled_from IS NOT NULL
    ), paid AS (
        SELECT c.visit, c.doctor_id, c.fee, coalesce(sum(p.amount), 0) AS paid, coalesce(sum(p.remitted), 0) AS remitted
        FROM chain c LEFT JOIN desk_payments p ON p.appointment_id = c.id AND p.voided_at IS NULL
        GROUP BY c.visit, c.doctor_id, c.fee
    )
"""
"""Before a statement: `paid` for each of those visits."""

DUES = text(f"""{PAID.format(which="a.id = ANY(:ids)")}
    SELECT paid.*, d.currency FROM paid JOIN doctors d ON d.id = paid.doctor_id
""")  # noqa: S608  (the words are ours)

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
        """Still to be paid, in minor units; nought, never less."""
        return max(self.fee - self.paid - self.remitted, 0)


async def dues_of(connection: AsyncConnection, appointment_ids: Collection[UUID]) -> Mapping[UUID, Due]:
    """Of each of those appointments that there is."""
    if not appointment_ids:
        return {}
    return {row.visit: due(row) for row in await connection.execute(DUES, {"ids": list(appointment_ids)})}


def due(row: Row[Any]) -> Due:
    """Of a row that has the columns of `paid` and the doctor's currency."""
    return _due(row.fee, int(row.paid), int(row.remitted), row.currency)


@lru_cache(maxsize=1024)
def _due(fee: int, paid: int, remitted: int, currency: str) -> Due:
    return Due(fee=fee, paid=paid, remitted=remitted, currency=currency)


async def days_since(connection: AsyncConnection, appointment_id: UUID) -> list[tuple[int, date]]:
    """The doctors' days on which it shows what is paid for an appointment: its own, and where it was moved since."""
    return [(row.doctor_id, row.day) for row in await connection.execute(DAYS, {"id": appointment_id})]
