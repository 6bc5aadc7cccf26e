"""Asked twice, done once: a key that the caller chose, what was asked with it, and the answer that it got.

The row is written in the transaction of the work, so both are there or neither. A refusal (`SlotTaken`, `NotOpen`, …)
rolls back and leaves no key: nothing was done, and who asks again may find that it can be done by now.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import orjson
from sqlalchemy import Column, LargeBinary, delete, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import DateTime, Field, SQLModel, col

from core.crypto import lookup, seal, unseal
from core.db import Transaction
from core.errors import DomainError, Invalid
from core.words import N_

Result = TypeVar("Result")

KEPT_FOR = timedelta(hours=24)
"""How long an answer is given again; after that the key is as good as new."""

LONGEST_KEY = 200
"""Characters of a key, and of the name of its owner."""


class KeyReused(DomainError):
    """The key came before, with another request."""

    code = "key_reused"
    message = N_("This request key was already used for something else.")


class IdempotencyKey(SQLModel, table=True):
    """A key of one owner (`user:17`) with the keyed hash of the request, and the JSON text that was given as an answer.

    Both may hold a telephone number. `answer_sealed` is about `idempotency_keys.answer:ID`.
    """

    __tablename__ = "idempotency_keys"

    owner: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    id: UUID = Field(default_factory=uuid4, unique=True)
    answer_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    created_at: datetime = Field(sa_type=DateTime(timezone=True), index=True)


# Of two at once the second waits here: the first commits, and its row is found, or rolls back, and the second is first.
CLAIM = text("""
    INSERT INTO idempotency_keys AS known (owner, key, request_hash, id, created_at)
    VALUES (:owner, :key, :request_hash, :id, :now)
    ON CONFLICT (owner, key) DO UPDATE
        SET request_hash = excluded.request_hash, id = excluded.id, answer_sealed = NULL,
            created_at = excluded.created_at
        WHERE known.created_at <= :outdated
    RETURNING true
""")

FOUND = text("SELECT id, request_hash, answer_sealed FROM idempotency_keys WHERE owner = :owner AND key = :key")

ANSWERED = text("UPDATE idempotency_keys SET answer_sealed = :sealed WHERE owner = :owner AND key = :key")


@dataclass(frozen=True, kw_only=True)
class Once:
    """A request that may be sent twice: whose it is, its key, what it asks, and how what came of it is told."""

    owner: str
    key: str
    request: Any
    write: Callable[[Any], str]


class Again(Exception):
    """It was done before; `answer` is the very text that was given then."""

    def __init__(self, answer: str) -> None:
        super().__init__()
        self.answer = answer


async def once(tx: Transaction, asked: Once | None, work: Callable[[], Awaitable[Result]], *, now: datetime) -> Result:
    """What `work` makes; how it is told is kept with it. None: it is simply done.

    Called before the transaction locks anything else; `asked.request` is anything orjson can write. Raises Again where
    the same request came before, KeyReused where another did, and Invalid.
    """
    if asked is None:
        return await work()
    claim: dict[str, Any] = {
        "owner": asked.owner,
        "key": require_key(asked.key),
        "request_hash": fingerprint(asked.request),
        "id": uuid4(),
        "now": now,
    }
    if (await tx.execute(CLAIM, claim | {"outdated": now - KEPT_FOR})).first() is None:
        found = (await tx.execute(FOUND, {"owner": asked.owner, "key": asked.key})).one()
        if bytes(found.request_hash) != claim["request_hash"]:
            raise KeyReused
        raise Again(unseal(found.answer_sealed, about=_about(found.id)))
    made = await work()
    sealed = seal(asked.write(made), about=_about(claim["id"]))
    await tx.execute(ANSWERED, {"owner": asked.owner, "key": asked.key, "sealed": sealed})
    return made


def require_key(key: str) -> str:
    """The key, if it is one: 1 to 200 printable ASCII characters. Raises Invalid."""
    if not (isinstance(key, str) and 0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Invalid(field="idempotency_key")
    return key


def fingerprint(request: Any) -> bytes:
    """The keyed hash of a request, whatever the order of its fields: without the key nobody tries out what it said."""
    return lookup("request", orjson.dumps(request, default=str, option=orjson.OPT_SORT_KEYS).decode())


async def prune(connection: AsyncConnection, now: datetime) -> int:
    """Forget the keys older than `KEPT_FOR`; how many."""
    gone = await connection.execute(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) <= now - KEPT_FOR))
    return gone.rowcount


def _about(identity: UUID) -> str:
    return f"idempotency_keys.answer:{identity}"
