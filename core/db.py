"""The database: one engine a process, `transaction()` to change, `snapshot()` to read.

`transaction()` is the only place that commits, and the only one that publishes: after its commit.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import CursorResult, Executable, text
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core import clock, connections, events, metrics, spent
from core.audit import AuditEntry
from core.errors import DomainError, Invalid
from core.events import Event
from core.log import logger
from core.settings import settings
from core.words import N_

log = logger(__name__)

FLUSH = text("""
    WITH recorded AS (
        INSERT INTO audit_log (occurred_at, actor_id, actor_role, action, object_type, object_id, patient_id, address,
            details)
        SELECT occurred_at, actor_id, actor_role, action, object_type, object_id, patient_id, address, details
        FROM jsonb_to_recordset(CAST(:entries AS jsonb)) AS entry (occurred_at timestamptz, actor_id int,
            actor_role text, action text, object_type text, object_id text, patient_id int, address text, details jsonb)
    )
    INSERT INTO events (kind, topics, data, occurred_at)
    SELECT kind, topics, data, occurred_at
    FROM jsonb_to_recordset(CAST(:events AS jsonb)) AS event (kind text, topics text[], data jsonb,
        occurred_at timestamptz)
    RETURNING id
""")


GLANCES = 4
"""Connections of a process, besides those of `AAROGYA_POOL_SIZE`, on which nothing but glances is done."""

MARK_AFTER = 0.1
"""Seconds that published events are gathered before they are noted as such."""


class Unavailable(DomainError):
    """The database does not answer."""

    code = "unavailable"
    message = N_("The appointment book is not answering. Please try again in a moment.")


class Transaction:
    """An open transaction: what it executes, announces and records becomes true at once, or not at all."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Work on `connection`, whose transaction the caller has begun."""
        self.connection = connection
        self.events: list[Event] = []
        self.entries: list[AuditEntry] = []
        self.versions: dict[str, int] = {}
        """By topic: the version that this transaction brings about, for the events that tell of it."""

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement."""
        return await self.connection.execute(statement, parameters)

    def announce(self, event: Event) -> None:
        """Write the event with this transaction and publish it after the commit."""
        self.events.append(event)

    def record(self, entry: AuditEntry) -> None:
        """Write the audit entry with this transaction."""
        self.entries.append(entry)

    async def flush(self) -> list[tuple[int, Event]]:
        """Write what was announced and recorded, in one statement; the events come back with their ids."""
        if not self.entries and not self.events:
            return []
        values = {"entries": _json(self.entries), "events": _json(self.events)}
        identities = (await self.connection.execute(FLUSH, values)).scalars().all()
        return list(zip(identities, self.events, strict=True))


@asynccontextmanager
async def transaction() -> AsyncIterator[Transaction]:
    """All or nothing, then announced. Raises Unavailable when the database is gone, Invalid for what it cannot hold."""
    asked = time.perf_counter()
    try:
        async with engine().begin() as connection:
            began = _connected(asked)
            tx = Transaction(connection)
            yield tx
            written = await tx.flush()
            ended = time.perf_counter()
        _committed(began, ended)
    except (OperationalError, PoolTimeout) as error:
        raise Unavailable from error
    except DataError as error:
        # A number too large, a NUL: whoever sent it, from whatever door.
        raise Invalid from error
    # After the commit: a rolled-back booking must never be announced.
    if written and await events.publish(written):
        marker().add([identity for identity, _ in written])


@asynccontextmanager
async def snapshot() -> AsyncIterator[AsyncConnection]:
    """Reads that all see one moment. Raises Unavailable when the database is gone, Invalid for what it cannot hold."""
    async with _reading(reading_engine(), "snapshot") as connection, connection.begin():
        yield connection


@asynccontextmanager
async def glance() -> AsyncIterator[AsyncConnection]:
    """One statement that reads, without a transaction around it: half the way. Raises what `snapshot` raises."""
    async with _reading(_glancing(engine()), "glance") as connection:
        yield connection


@asynccontextmanager
async def _reading(engine: AsyncEngine, kind: str) -> AsyncIterator[AsyncConnection]:
    asked = time.perf_counter()
    try:
        async with engine.connect() as connection:
            began = _connected(asked)
            yield connection
        metrics.transaction_seconds.labels(kind).observe(time.perf_counter() - began)
    except (OperationalError, PoolTimeout) as error:
        raise Unavailable from error
    except DataError as error:
        # A number too large, a NUL: whoever sent it, from whatever door.
        raise Invalid from error


@lru_cache
def engine() -> AsyncEngine:
    """The engine, its pool bounded by `AAROGYA_POOL_SIZE`."""
    return connections.pool(pool_size=settings().pool_size)


@lru_cache
def reading_engine() -> AsyncEngine:
    """The same pool, its transactions read-only on one snapshot."""
    return engine().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


@lru_cache(maxsize=2)
def _glancing(_beside: AsyncEngine) -> AsyncEngine:
    """Connections of its own, which need not be told each time that they are in no transaction."""
    return connections.pool(pool_size=GLANCES, isolation_level="AUTOCOMMIT")


def _connected(asked: float) -> float:
    """A connection is there, `asked` for then; the time now."""
    now = time.perf_counter()
    spent.add("pool", now - asked)
    metrics.pool_wait_seconds.observe(now - asked)
    return now


def _committed(began: float, ended: float) -> None:
    now = time.perf_counter()
    spent.add("commit", now - ended)
    metrics.transaction_seconds.labels("transaction").observe(now - began)


def sample() -> None:
    """Put the state of this process's pool on the gauges."""
    pool: Any = engine().pool
    metrics.pool.labels("in_use").set(pool.checkedout())
    metrics.pool.labels("idle").set(pool.checkedin())


def _json(things: Sequence[Event | AuditEntry]) -> str:
    return orjson.dumps(
        [vars(thing) for thing in things], default=str, option=orjson.OPT_PASSTHROUGH_DATACLASS
    ).decode()


class Marker:
    """Notes published events in batches, off the path of whoever waits for an answer."""

    def __init__(self) -> None:
        """Start with nothing to note."""
        self.waiting: list[int] = []
        self.task: asyncio.Task[None] | None = None

    def add(self, identities: list[int]) -> None:
        """Note these soon; one that a crash keeps from being noted is published once more by the relay."""
        self.waiting += identities
        if self.task is None or self.task.done():
            # In nobody's name: it is not the work of the request that happened to come first.
            self.task = asyncio.create_task(self.drain(), context=Context())

    async def drain(self) -> None:
        """Write the batches until none is waiting."""
        await asyncio.sleep(MARK_AFTER)
        while self.waiting:
            batch, self.waiting = self.waiting, []
            try:
                async with engine().begin() as connection:
                    await events.mark_published(connection, batch, clock.now())
            except (OperationalError, PoolTimeout) as error:
                log.warning("events_not_marked", events=len(batch), error=type(error).__name__)


@lru_cache
def marker() -> Marker:
    """The process's marker."""
    return Marker()


async def close() -> None:
    """Finish marking and give the connections back."""
    if (task := marker().task) is not None:
        await task
    await _glancing(engine()).dispose()
    await engine().dispose()
