"""The outbox: what happened is written in the transaction that made it so and published after its commit.

Publication may be cut off by a crash or a dead Redis; `relay` finishes it. Consumers therefore see an event at least
once, and in any order; the versions in `data` tell them what is newer.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from redis.exceptions import RedisError
from sqlalchemy import BigInteger, Column, Identity, Text, delete, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import DateTime, Field, SQLModel, col

from core import spent
from core.log import logger
from core.redis import ANSWER_WITHIN, redis
from core.tables import table

CHANNEL = "aarogya:events"
"""The one Redis channel: an event is one message, with all of its topics."""

RELAY_AFTER = timedelta(seconds=1)
"""How old an unpublished event is before the relay takes it to be cut off."""

KEPT_FOR = timedelta(days=7)
"""How long published events are kept."""

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened. `data` holds ids and versions only: nothing medical, no names."""

    kind: str
    topics: tuple[str, ...]
    data: dict[str, Any] = field(default_factory=dict)
    occurred_at: datetime


class EventRow(SQLModel, table=True):
    """An event as kept. `published_at` is None until Redis has had it."""

    __tablename__ = "events"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    kind: str
    topics: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    data: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    occurred_at: datetime = Field(sa_type=DateTime(timezone=True), index=True)
    published_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


async def publish(events: Sequence[tuple[int, Event]]) -> bool:
    """Tell Redis; False, and a line in the log, where it is gone: the relay will catch up."""
    try:
        with spent.part("redis"):
            await _send(events)
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("events_not_published", events=[identity for identity, _ in events], error=type(error).__name__)
        return False
    return True


async def _send(events: Sequence[tuple[int, Event]]) -> None:
    async with asyncio.timeout(ANSWER_WITHIN), redis().pipeline(transaction=False) as pipe:
        for identity, event in events:
            pipe.publish(CHANNEL, message(event, identity))
        await pipe.execute()


PUBLISHED = text("UPDATE events SET published_at = :now WHERE id = ANY(:ids)")


def message(event: Event, identity: int = 0) -> bytes:
    """An event as Redis passes it on: its topics, its data, its number."""
    return orjson.dumps({**event.data, "id": identity, "kind": event.kind, "topics": event.topics})


async def mark_published(connection: AsyncConnection, identities: Sequence[int], now: datetime) -> None:
    """Note that Redis has had them."""
    await connection.execute(PUBLISHED, {"ids": list(identities), "now": now})


async def relay(connection: AsyncConnection, now: datetime, *, limit: int = 500) -> int:
    """Publish what was committed but never published; how many. Several relays may run: each takes its own rows."""
    rows = (
        await connection.execute(
            select(table(EventRow))
            .where(col(EventRow.published_at).is_(None), col(EventRow.occurred_at) < now - RELAY_AFTER)
            .order_by(col(EventRow.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()
    events = [
        (row.id, Event(kind=row.kind, topics=tuple(row.topics), data=row.data, occurred_at=row.occurred_at))
        for row in rows
    ]
    if not events or not await publish(events):
        return 0
    await mark_published(connection, [identity for identity, _ in events], now)
    return len(events)


async def behind(connection: AsyncConnection, now: datetime) -> tuple[int, timedelta]:
    """How many events wait for the relay by now, and how old the oldest is."""
    query = select(func.count(), func.min(col(EventRow.occurred_at))).where(
        col(EventRow.published_at).is_(None), col(EventRow.occurred_at) < now - RELAY_AFTER
    )
    count, oldest = (await connection.execute(query)).one()
    return count, now - oldest if oldest is not None else timedelta()


async def prune(connection: AsyncConnection, now: datetime) -> None:
    """Forget published events older than `KEPT_FOR`."""
    await connection.execute(delete(EventRow).where(col(EventRow.published_at) < now - KEPT_FOR))
