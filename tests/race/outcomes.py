"""Many at once: what came of them, and what must never stand in the book."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any

from tests.rows import many

ACTIVE = "status IN ('held', 'booked', 'checked_in', 'in_consultation')"

OVERLAPS = f"""
    SELECT a.id FROM appointments a JOIN appointments b ON a.id < b.id
    WHERE a.{ACTIVE} AND b.{ACTIVE} AND (a.doctor_id = b.doctor_id AND a.occupied && b.occupied
        OR a.patient_id = b.patient_id AND a.during && b.during)
"""

UNTOLD = """
    SELECT a.id, a.version, count(DISTINCT e.id) AS events, count(DISTINCT l.id) AS entries
    FROM appointments a
    LEFT JOIN events e ON e.data->>'appointment_id' = a.id::text AND NOT e.kind LIKE 'Waitlist%'
    LEFT JOIN audit_log l ON l.object_type = 'appointment' AND l.object_id = a.id::text
    GROUP BY a.id, a.version
    HAVING count(DISTINCT e.id) <> a.version OR count(DISTINCT l.id) <> a.version
"""

TOKENS = """
    SELECT doctor_id, day FROM (
        SELECT d.doctor_id, d.day, d.last_token, array_agg(a.token ORDER BY a.token) FILTER (WHERE a.token IS NOT NULL)
            AS tokens
        FROM doctor_days d LEFT JOIN appointments a ON (a.doctor_id, a.day) = (d.doctor_id, d.day)
        GROUP BY d.doctor_id, d.day, d.last_token) drawn
    WHERE coalesce(tokens, '{}') <> ARRAY(SELECT generate_series(1, last_token))
"""


async def answers(*attempts: Awaitable[Any]) -> list[Any]:
    """What each came to, refusals too; anything but an answer of the domain is a failure of the test."""
    async with asyncio.timeout(30):
        found = await asyncio.gather(*attempts, return_exceptions=True)
    unexpected = [a for a in found if isinstance(a, BaseException) and not hasattr(a, "code")]
    assert not unexpected, unexpected
    return found


async def outcomes(*attempts: Awaitable[Any]) -> Counter[str]:
    """How often each kind of answer came."""
    return Counter(type(answer).__name__ for answer in await answers(*attempts))


async def assert_whole() -> None:
    """Nobody is twice anywhere, tokens are 1 to the last of each day, and each version was told and recorded once."""
    for broken in (OVERLAPS, TOKENS, UNTOLD):
        assert await many(broken) == [], broken
