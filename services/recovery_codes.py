"""Codes on paper, for who has lost the device: ten, shown once, each good once."""

from datetime import datetime

from sqlalchemy import delete, insert, update
from sqlmodel import col

from core.crypto import lookup
from core.db import Transaction
from models import RecoveryCode
from services import paper_codes

COUNT = 10
LENGTH = 10
"""Letters of base32: 50 bits."""


async def renew(tx: Transaction, user_id: int, *, now: datetime) -> list[str]:
    """New codes as people write them, `ABCDE-FGHIJ`; the old ones are void."""
    await void(tx, user_id)
    codes = [paper_codes.new(LENGTH) for _ in range(COUNT)]
    rows = [{"user_id": user_id, "code_hash": _hash(user_id, code), "created_at": now} for code in codes]
    await tx.execute(insert(RecoveryCode), rows)
    return [paper_codes.grouped(code, LENGTH // 2) for code in codes]


async def take(tx: Transaction, user_id: int, code: str, *, now: datetime) -> bool:
    """Whether it is a code that is still good, and this call the one that took it."""
    if len(code) != LENGTH or not code.isascii():
        return False
    taken = await tx.execute(
        update(RecoveryCode)
        .where(col(RecoveryCode.user_id) == user_id, col(RecoveryCode.code_hash) == _hash(user_id, code))
        .where(col(RecoveryCode.used_at).is_(None))
        .values(used_at=now)
    )
    return taken.rowcount == 1


async def void(tx: Transaction, user_id: int) -> None:
    """None is good any more."""
    await tx.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))


def _hash(user_id: int, code: str) -> bytes:
    return lookup("recovery_code", f"{user_id}:{code.upper()}")
