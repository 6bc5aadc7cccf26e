"""The transaction: all or nothing, told after it is true, and told for certain."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from core import connections, db, events
from core import redis as redis_module
from core.audit import AuditEntry
from core.db import Unavailable
from core.embedded.redis import Redis
from core.errors import Invalid
from core.events import CHANNEL, RELAY_AFTER, Event
from core.redis import redis, subscriber
from core.settings import settings
from services import appointments
from tests.outage import Database
from tests.people import NOW, Cast, at
from tests.rows import many, one, write
from tests.waiting import until

LATER = NOW + RELAY_AFTER + timedelta(seconds=1)


def event(kind: str = "Tried") -> Event:
    return Event(kind=kind, topics=("tried",), data={"version": 1}, occurred_at=NOW)


def entry() -> AuditEntry:
    return AuditEntry(occurred_at=NOW, actor_role="system", action="tried", object_type="test", object_id="1")


async def changed(name: str = "Changed") -> None:
    """One transaction that changes, announces and records."""
    async with db.transaction() as tx:
        await tx.execute(text("UPDATE clinics SET name = :name"), {"name": name})
        tx.announce(event())
        tx.record(entry())


@contextlib.asynccontextmanager
async def ears() -> AsyncIterator[list[dict]]:
    """What is said."""
    heard: list[dict] = []

    async def listen(messages) -> None:
        async for message in messages.listen():
            heard.append(json.loads(message["data"]))

    async with subscriber() as client, client.pubsub(ignore_subscribe_messages=True) as messages:
        await messages.subscribe(CHANNEL)
        task = asyncio.create_task(listen(messages))
        await until(lambda: _is_subscribed(client))
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _is_subscribed(client) -> bool:
    return (await redis().pubsub_numsub(CHANNEL))[0][1] >= 1


async def relay(now: datetime = LATER, limit: int = 500) -> int:
    async with db.transaction() as tx:
        return await events.relay(tx.connection, now, limit=limit)


async def unpublished() -> int:
    return (await one("SELECT count(*) AS n FROM events WHERE published_at IS NULL")).n


async def test_what_is_committed_is_written_recorded_and_told(cast: Cast) -> None:
    async with ears() as heard:
        await changed()
        await until(lambda: heard)
    row = await one("SELECT * FROM events")
    assert (row.kind, row.topics, row.data, row.occurred_at) == ("Tried", ["tried"], {"version": 1}, NOW)
    assert heard == [{"version": 1, "id": row.id, "kind": "Tried", "topics": ["tried"]}]
    assert (await one("SELECT action FROM audit_log")).action == "tried"
    assert {row.name for row in await many("SELECT name FROM clinics")} == {"Changed"}


async def test_what_is_rolled_back_is_neither_written_nor_told(cast: Cast) -> None:
    async with ears() as heard:
        with contextlib.suppress(ZeroDivisionError):
            async with db.transaction() as tx:
                await tx.execute(text("UPDATE clinics SET name = 'Never'"))
                tx.announce(event("Never"))
                tx.record(entry())
                await tx.flush()
                raise ZeroDivisionError
        await changed()
        await until(lambda: heard)
    assert [message["kind"] for message in heard] == ["Tried"]
    assert [row.kind for row in await many("SELECT kind FROM events")] == ["Tried"]
    assert len(await many("SELECT * FROM audit_log")) == 1
    assert {row.name for row in await many("SELECT name FROM clinics")} == {"Changed"}


async def test_an_event_is_told_when_its_change_can_be_seen_and_not_before(
    cast: Cast, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int]] = []
    publish = events.publish

    async def look_and_publish(told) -> bool:
        # From another connection, at the moment at which Redis is told.
        with psycopg.connect(database_url) as other:
            name = other.execute("SELECT DISTINCT name FROM clinics").fetchone()[0]
            count = other.execute("SELECT count(*) FROM events").fetchone()[0]
        seen.append((name, count))
        return await publish(told)

    monkeypatch.setattr(events, "publish", look_and_publish)
    async with ears() as heard:
        async with db.transaction() as tx:
            await tx.execute(text("UPDATE clinics SET name = 'Changed'"))
            tx.announce(event())
            assert (seen, heard) == ([], [])
        await until(lambda: heard)
    assert seen == [("Changed", 1)]


async def test_what_is_told_is_marked(cast: Cast) -> None:
    await changed()
    await changed()
    await db.marker().task
    assert await unpublished() == 0
    assert await relay() == 0


async def test_marking_what_the_database_does_not_take_is_left_to_the_relay(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "MARK_AFTER", 1.0)
    await changed()
    await asyncio.to_thread(database.close)
    try:
        await db.marker().task
    finally:
        await asyncio.to_thread(database.open)
    assert await unpublished() == 1
    assert await relay() == 1


async def test_without_redis_a_booking_is_answered_and_told_later(cast: Cast, own_redis: Redis) -> None:
    await asyncio.to_thread(own_redis.stop)
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    assert (await appointments.book(held.id, by=cast.asha, now=NOW)).token == 1
    assert await unpublished() == 2
    assert await relay() == 0
    assert await unpublished() == 2
    await asyncio.to_thread(own_redis.start)
    heard = []
    async with subscriber() as client, client.pubsub(ignore_subscribe_messages=True) as messages:
        await messages.subscribe(CHANNEL)
        assert await relay() == 2
        while len(heard) < 2:
            if message := await messages.get_message(timeout=5):
                heard.append(json.loads(message["data"])["kind"])
    assert heard == ["AppointmentHeld", "AppointmentBooked"]
    assert await unpublished() == 0


async def test_a_redis_that_hangs_delays_the_answer_by_little(
    cast: Cast, own_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "ANSWER_WITHIN", 0.2)
    monkeypatch.setattr(redis_module, "ANSWER_WITHIN", 60.0)
    redis.cache_clear()
    await redis().execute_command("CLIENT", "PAUSE", "60000", "ALL")
    async with asyncio.timeout(5):
        await changed()
    assert await unpublished() == 1


async def test_the_relay_leaves_alone_what_may_still_be_on_its_way(cast: Cast) -> None:
    await changed_in_silence(1)
    assert await relay(NOW + RELAY_AFTER) == 0
    assert await relay(NOW + RELAY_AFTER + timedelta(milliseconds=1)) == 1


async def test_two_relays_at_once_tell_each_event_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    await changed_in_silence(40)
    told: list[int] = []
    both_at_it = asyncio.Barrier(2)

    async def publish(batch) -> bool:
        told.extend(identity for identity, _ in batch)
        # Both have chosen their rows before either commits.
        await both_at_it.wait()
        return True

    monkeypatch.setattr(events, "publish", publish)
    async with asyncio.timeout(10):
        counts = await asyncio.gather(relay(limit=20), relay(limit=20))
    assert counts == [20, 20]
    assert sorted(told) == sorted(set(told))
    assert len(told) == 40
    assert await unpublished() == 0


async def test_published_events_are_forgotten_after_a_while_and_unpublished_ones_never(cast: Cast) -> None:
    await changed_in_silence(2)
    long_after = NOW + events.KEPT_FOR + timedelta(seconds=1)
    await write("UPDATE events SET published_at = :now WHERE id = (SELECT min(id) FROM events)", now=NOW)
    async with db.transaction() as tx:
        await events.prune(tx.connection, long_after - timedelta(seconds=2))
    assert len(await many("SELECT * FROM events")) == 2
    async with db.transaction() as tx:
        await events.prune(tx.connection, long_after)
    assert (await one("SELECT published_at FROM events")).published_at is None


async def test_a_database_that_is_not_there_is_unavailable(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AAROGYA_DATABASE_URL", "postgresql://aarogya:x@127.0.0.1:9/aarogya")
    for kept in (settings, db.engine, db.reading_engine):
        kept.cache_clear()
    with pytest.raises(Unavailable):
        await changed()
    with pytest.raises(Unavailable):
        await many("SELECT 1")
    with pytest.raises(Unavailable):
        await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)


async def test_a_connection_lost_within_a_transaction_is_unavailable_and_nothing_is_told(
    cast: Cast, database: Database
) -> None:
    async with ears() as heard:
        for cut_short in (change_and_lose, read_and_lose):
            with pytest.raises(Unavailable):
                await cut_short(database)
        await changed()
        await until(lambda: heard)
    assert [message["kind"] for message in heard] == ["Tried"]


async def test_connections_that_died_in_the_pool_are_not_handed_out(cast: Cast, database: Database) -> None:
    await asyncio.gather(*(many("SELECT pg_sleep(0.02)") for _ in range(4)))
    await asyncio.to_thread(database.end_connections)
    await asyncio.gather(*(changed() for _ in range(4)))


async def test_a_connection_that_rested_long_is_asked_whether_it_lives_and_no_other_is(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    dialect = db.engine().dialect
    ping = dialect.do_ping
    monkeypatch.setattr(dialect, "do_ping", lambda connection: asked.append(1) or ping(connection))
    for _ in range(8):
        await many("SELECT 1")
    assert not asked
    monkeypatch.setattr(connections, "ASKED_AFTER", 0.0)
    await many("SELECT 1")
    assert len(asked) == 1


@pytest.mark.parametrize("value", [2**31, 2**70, "\x00"])
async def test_what_the_database_cannot_hold_is_invalid(cast: Cast, value: object) -> None:
    cast_to = "text" if isinstance(value, str) else "integer"
    with pytest.raises(Invalid):
        await many(f"SELECT CAST(:value AS {cast_to})", value=value)
    with pytest.raises(Invalid):
        async with db.transaction() as tx:
            await tx.execute(text(f"SELECT CAST(:value AS {cast_to})"), {"value": value})


async def test_a_mistake_of_ours_is_not_taken_for_an_outage(cast: Cast) -> None:
    with pytest.raises(Exception, match="no_such_table") as mistake:
        await many("SELECT * FROM no_such_table")
    assert not isinstance(mistake.value, Unavailable | Invalid)


async def test_no_more_connections_than_the_setting_allows(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await db.close()
    await until(lambda: database.connections() == 0)
    monkeypatch.setenv("AAROGYA_POOL_SIZE", "3")
    for kept in (settings, db.engine, db.reading_engine):
        kept.cache_clear()
    peaks = []

    async def busy() -> None:
        async with db.transaction() as tx:
            await tx.execute(text("SELECT pg_sleep(0.02)"))
            peaks.append(await asyncio.to_thread(database.connections))

    await asyncio.gather(*(busy() for _ in range(8)), *(many("SELECT pg_sleep(0.02)") for _ in range(8)))
    assert max(peaks) == 3


async def test_a_snapshot_sees_one_moment_and_changes_nothing(cast: Cast) -> None:
    async with db.snapshot() as connection:
        before = (await connection.execute(text("SELECT name FROM clinics ORDER BY id"))).all()
        await changed()
        assert (await connection.execute(text("SELECT name FROM clinics ORDER BY id"))).all() == before
    with pytest.raises(Exception, match="read-only"):
        async with db.snapshot() as connection:
            await connection.execute(text("UPDATE clinics SET name = 'Never'"))


async def test_times_come_back_aware_and_in_utc(cast: Cast) -> None:
    value = (await one("SELECT CAST('2026-06-01 09:00+05:30' AS timestamptz) AS at")).at
    assert value == datetime(2026, 6, 1, 3, 30, tzinfo=UTC)
    assert value.utcoffset() == timedelta(0)


async def change_and_lose(database: Database) -> None:
    """A transaction whose connection is gone when it should commit."""
    async with db.transaction() as tx:
        await tx.execute(text("UPDATE clinics SET name = 'Never'"))
        tx.announce(event("Never"))
        await asyncio.to_thread(database.end_connections)


async def read_and_lose(database: Database) -> None:
    """A snapshot whose connection is gone under it."""
    async with db.snapshot() as connection:
        await asyncio.to_thread(database.end_connections)
        await connection.execute(text("SELECT 1"))


async def changed_in_silence(count: int) -> None:
    """So many events that were committed and never told, as a crash in between leaves them."""
    for _ in range(count):
        await write(
            "INSERT INTO events (kind, topics, data, occurred_at) VALUES ('Tried', '{tried}', '{}', :now)",
            now=NOW,
        )
