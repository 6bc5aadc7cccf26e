"""A doctor's day is locked before anything of it changes: in one order, so that writers wait and never deadlock."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from core.db import Transaction

LOCK = text("""
    INSERT INTO doctor_days (doctor_id, day, version, last_token, changed_at)
    VALUES (:doctor_id, :day, 1, :tokens, :now)
    ON CONFLICT (doctor_id, day) DO UPDATE SET version = doctor_days.version + 1,
        last_token = doctor_days.last_token + :tokens, changed_at = :now
    RETURNING version, last_token
""")

KEEP = text("""
    INSERT INTO doctor_days (doctor_id, day, version, last_token, changed_at)
    SELECT doctor_id, day, 0, 0, :now
    FROM unnest(CAST(:doctors AS int[]), CAST(:days AS date[])) AS kept (doctor_id, day) ORDER BY doctor_id, day
    ON CONFLICT (doctor_id, day) DO UPDATE SET version = doctor_days.version RETURNING doctor_id, day, version
""")

NEXT_TOKEN = text("""
    UPDATE doctor_days SET last_token = last_token + 1 WHERE doctor_id = :doctor_id AND day = :day
    RETURNING last_token
""")


@dataclass(frozen=True)
class Lock:
    """A doctor's day that is ours until the transaction ends: the version it has now, and its last token."""

    version: int
    last_token: int


async def lock_days(
    tx: Transaction,
    days: Iterable[tuple[int, date]],
    now: datetime,
    *,
    tokens: int = 0,
    drawn_from: Collection[tuple[int, date]] | None = None,
) -> dict[tuple[int, date], Lock]:
    """Lock doctors' days, give each its next version, and draw so many tokens from each, or from those named.

    Always in one order and all at once, so that writers never deadlock: a transaction calls this one time. Only days
    that `keep_days` has kept for it may be among them afterwards.
    """
    locks = {}
    for doctor_id, day in sorted(set(days)):
        drawn = tokens if drawn_from is None or (doctor_id, day) in drawn_from else 0
        values = {"doctor_id": doctor_id, "day": day, "tokens": drawn, "now": now}
        row = (await tx.execute(LOCK, values)).one()
        locks[doctor_id, day] = Lock(row.version, row.last_token)
        tx.versions[day_topic(doctor_id, day)] = row.version
    return locks


async def keep_days(tx: Transaction, days: Iterable[tuple[int, date]], now: datetime) -> dict[tuple[int, date], int]:
    """Keep doctors' days as they are while it is chosen among them; their versions, which stay.

    In the order of `lock_days`, and before it: the transaction may then lock those of them that it changes.
    """
    kept = sorted(set(days))
    values = {"doctors": [doctor_id for doctor_id, _ in kept], "days": [day for _, day in kept], "now": now}
    return {(row.doctor_id, row.day): row.version for row in await tx.execute(KEEP, values)}


def day_topic(doctor_id: int, day: date) -> str:
    """What moves the views of a doctor's day."""
    return f"doctor:{doctor_id}:{day}"


async def next_token(tx: Transaction, doctor_id: int, day: date) -> int:
    """The day's next token; the lock on the day keeps the numbers without gap or repeat."""
    token: int = (await tx.execute(NEXT_TOKEN, {"doctor_id": doctor_id, "day": day})).scalar_one()
    return token
