"""Which of several doctors has most to do at this moment."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import text

from core import db
from models.appointment import Status

A_DAY = timedelta(days=1)
"""Today on any wall clock is within a day of now."""

BUSIEST = text("""
    SELECT a.doctor_id FROM appointments a
    JOIN doctors d ON d.id = a.doctor_id JOIN clinics c ON c.id = d.clinic_id
    WHERE a.doctor_id = ANY(:doctors) AND a.starts_at > :since AND a.starts_at < :until
        AND a.day = CAST(timezone(c.time_zone, :now) AS date)
        AND (a.status IN (:waits, :inside) OR a.status = :booked AND a.ends_at > :now)
    GROUP BY a.doctor_id, d.name
    ORDER BY count(*) FILTER (WHERE a.status = :waits) DESC, count(*) DESC, d.name, a.doctor_id LIMIT 1
""")


async def busiest(doctor_ids: Iterable[int], now: datetime) -> int | None:
    """For whom most wait today; of those alike, who has most still to see, then by name. None: nobody has anybody."""
    values = {
        "doctors": sorted(doctor_ids),
        "since": now - A_DAY,
        "until": now + A_DAY,
        "now": now,
        "waits": Status.CHECKED_IN,
        "inside": Status.IN_CONSULTATION,
        "booked": Status.BOOKED,
    }
    async with db.snapshot() as connection:
        found: int | None = await connection.scalar(BUSIEST, values)
    return found
