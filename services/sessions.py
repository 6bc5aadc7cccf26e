"""Browser sessions: opened at sign-in, known by the hash of their id, over when idle, too old or revoked."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlmodel import col

from core import db
from core.cache import cached, recall
from core.db import Transaction
from core.events import Event
from core.web_session import hash_id
from models import Session, User
from models.user import Role
from services import actors, families
from services.permissions import Actor


@dataclass(frozen=True)
class Limits:
    """How long a session lasts unused, and how long at most."""

    idle: timedelta
    longest: timedelta


STAFF = Limits(timedelta(minutes=30), timedelta(hours=12))
PATIENT = Limits(timedelta(days=30), timedelta(days=90))
PENDING = timedelta(minutes=10)
"""How long one may take over the second factor."""

TOPIC = "sessions:"
"""What the topics of ended sessions begin with; the account's id follows."""

SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use is noted."""


@dataclass(frozen=True)
class OpenSession:
    """A session as its owner sees it. `reference` names it and opens nothing."""

    reference: str
    is_this: bool
    user_agent: str | None
    address: str | None
    created_at: datetime
    last_seen_at: datetime


def limits(role: Role) -> Limits:
    """How long a session of that role lasts, and how long it may be idle."""
    return PATIENT if role == Role.PATIENT else STAFF


async def open_session(
    tx: Transaction,
    user_id: int,
    role: Role,
    *,
    address: str | None,
    user_agent: str | None,
    now: datetime,
    is_pending: bool = False,
) -> str:
    """A new session; its opaque id, 256 random bits, is for the cookie and nothing else."""
    session_id = secrets.token_urlsafe(32)
    await tx.execute(
        insert(Session).values(
            id_hash=hash_id(session_id),
            user_id=user_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + (PENDING if is_pending else limits(role).longest),
            is_pending=is_pending,
            address=address,
            user_agent=(user_agent or "")[:300] or None,
        )
    )
    return session_id


async def actor(session_hash: bytes, *, address: str | None, now: datetime) -> Actor | None:
    """Who a session belongs to, by the hash of its id; None when it is unknown, pending, over or revoked."""
    found = await cached(_key(session_hash), lambda: _read(session_hash, now))
    if found is None or datetime.fromisoformat(found["until"]) <= now:
        return None
    return await actors.of(found["user_id"], address=address, session_hash=session_hash)


async def pending(session_hash: bytes, *, now: datetime) -> int | None:
    """The account whose password was right and whose second factor is awaited in this session."""
    query = select(col(Session.user_id)).where(
        col(Session.id_hash) == session_hash,
        col(Session.is_pending),
        col(Session.revoked_at).is_(None),
        col(Session.expires_at) > now,
    )
    async with db.snapshot() as connection:
        return (await connection.execute(query)).scalar_one_or_none()


async def of(by: Actor, *, now: datetime) -> list[OpenSession]:
    """The open sessions of his account, the latest used first."""
    query = (
        select(Session.__table__)  # type: ignore[attr-defined]
        .where(col(Session.user_id) == by.user_id, _is_open(by.role, now))
        .order_by(col(Session.last_seen_at).desc())
    )
    async with db.snapshot() as connection:
        rows = (await connection.execute(query)).all()
    return [
        OpenSession(
            reference=row.id_hash.hex()[:16],
            is_this=row.id_hash == by.session_hash,
            user_agent=row.user_agent,
            address=row.address,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
        )
        for row in rows
    ]


async def end(tx: Transaction, session_hash: bytes, *, now: datetime) -> Row[Any] | None:
    """Revoke one session; the id and role of whose it was, or None where there was none to end."""
    await recall([_key(session_hash)])
    ended = await tx.execute(
        update(Session)
        .where(col(Session.id_hash) == session_hash, col(Session.revoked_at).is_(None))
        .where(col(User.id) == col(Session.user_id))
        .values(revoked_at=now)
        .returning(col(User.id), col(User.role))
    )
    if (row := ended.first()) is not None:
        tx.announce(_ended(row.id, [session_hash], now))
    return row


async def end_all(
    tx: Transaction, user_id: int, *, now: datetime, but: bytes | None = None, reference: str | None = None
) -> int:
    """Revoke an account's sessions, all `but` one, or the one of that `reference`; how many they were.

    With all of them go the tokens of its programs.
    """
    if reference is None:
        await families.end_all(tx, user_id, now=now)
    mine = [col(Session.user_id) == user_id, col(Session.revoked_at).is_(None)]
    if but is not None:
        mine.append(col(Session.id_hash) != but)
    open_ones = (await tx.execute(select(col(Session.id_hash)).where(*mine).with_for_update())).scalars().all()
    chosen = [one for one in open_ones if reference is None or one.hex().startswith(reference)]
    if chosen:
        await recall(map(_key, chosen))
        await tx.execute(update(Session).where(col(Session.id_hash).in_(chosen)).values(revoked_at=now))
        tx.announce(_ended(user_id, chosen, now))
    return len(chosen)


async def over(session_hashes: Collection[bytes], *, now: datetime) -> set[bytes]:
    """Those of the given sessions that are over, or never were; a pending one waits and is not over."""
    opened = or_(*(_is_open(role, now) & (col(User.role) == role) for role in Role))
    waiting = col(Session.is_pending) & col(Session.revoked_at).is_(None) & (col(Session.expires_at) > now)
    query = (
        select(col(Session.id_hash))
        .join(User, col(User.id) == col(Session.user_id))
        .where(col(Session.id_hash).in_(session_hashes), col(User.is_active), opened | waiting)
    )
    async with db.snapshot() as connection:
        return set(session_hashes) - set((await connection.execute(query)).scalars())


def _is_open(role: Role, now: datetime) -> Any:
    return (
        col(Session.revoked_at).is_(None)
        & ~col(Session.is_pending)
        & (col(Session.expires_at) > now)
        & (col(Session.last_seen_at) > now - limits(role).idle)
    )


async def _read(session_hash: bytes, now: datetime) -> dict[str, Any] | None:
    """What is kept of an open session; its use is noted."""
    query = (
        select(col(User.id), col(User.role), col(Session.last_seen_at), col(Session.expires_at))
        .join(Session, col(Session.user_id) == col(User.id))
        .where(col(Session.id_hash) == session_hash, col(Session.revoked_at).is_(None), ~col(Session.is_pending))
        .where(col(Session.expires_at) > now)
    )
    async with db.snapshot() as connection:
        row = (await connection.execute(query)).first()
        if row is None or row.last_seen_at + limits(Role(row.role)).idle <= now:
            return None
    if now - row.last_seen_at >= SEEN_EVERY:
        async with db.transaction() as tx:
            await tx.execute(update(Session).where(col(Session.id_hash) == session_hash).values(last_seen_at=now))
    until = min(row.expires_at, now + limits(Role(row.role)).idle)
    return {"user_id": row.id, "until": until.isoformat()}


def _ended(user_id: int, session_hashes: Collection[bytes], now: datetime) -> Event:
    data = {"sessions": [each.hex() for each in session_hashes]}
    return Event(kind="SessionEnded", topics=(f"{TOPIC}{user_id}",), data=data, occurred_at=now)


def _key(session_hash: bytes) -> str:
    return f"aarogya:session:{session_hash.hex()}"
