"""Families of refresh tokens: all that came from one login. A family stands or ends as one."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlmodel import col

from core import db
from core.cache import cached, recall
from core.db import Transaction
from models import RefreshToken

GOOD_FOR = timedelta(days=7)


async def grow(tx: Transaction, family: UUID, user_id: int, *, now: datetime) -> str:
    """A new token of the family, 256 random bits; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    await tx.execute(
        insert(RefreshToken).values(
            token_hash=hashed(token), family=family, user_id=user_id, created_at=now, expires_at=now + GOOD_FOR
        )
    )
    return token


async def stands(family: UUID, user_id: int) -> bool:
    """Whether it is that account's and has not ended."""
    found = await cached(_key(family), lambda: _read(family))
    return found is not None and found["user_id"] == user_id


async def end(tx: Transaction, family: UUID, *, now: datetime) -> bool:
    """End a family; whether there was one to end."""
    return bool(await _end(tx, col(RefreshToken.family) == family, now))


async def end_all(tx: Transaction, user_id: int, *, now: datetime) -> int:
    """End all families of an account; how many they were."""
    return len(await _end(tx, col(RefreshToken.user_id) == user_id, now))


def hashed(token: str) -> bytes:
    """What is kept of a token: 256 random bits need no salt."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


async def _end(tx: Transaction, which: Any, now: datetime) -> set[UUID]:
    mine = (which, col(RefreshToken.revoked_at).is_(None))
    ending = update(RefreshToken).where(*mine).values(revoked_at=now).returning(col(RefreshToken.family))
    ended: set[UUID] = set()
    # A refresh that was under way when we looked leaves a new token that we did not see: look until there is none.
    while found := set((await tx.execute(ending)).scalars()):
        ended |= found
    await recall(map(_key, ended))
    return ended


async def _read(family: UUID) -> dict[str, Any] | None:
    query = select(col(RefreshToken.user_id)).where(
        col(RefreshToken.family) == family, col(RefreshToken.revoked_at).is_(None)
    )
    async with db.snapshot() as connection:
        user_id = (await connection.execute(query.limit(1))).scalar_one_or_none()
    return None if user_id is None else {"user_id": user_id}


def _key(family: UUID) -> str:
    return f"aarogya:family:{family.hex}"
