"""Whether the app is well, with its services really there, really stopped, and at a port where nobody is."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from api import health
from api.app import app
from core import clock, db
from core.embedded.redis import Redis
from core.redis import redis
from core.settings import settings
from tests.outage import Database
from tests.people import Cast

NOBODY = "127.0.0.1:9"


@pytest_asyncio.fixture
async def web(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url="http://clinic.test") as client:
        yield client


async def test_with_both_there_it_is_well(web: httpx.AsyncClient) -> None:
    for path in ("/health", "/health/ready"):
        answer = await web.get(path)
        body = answer.json()
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert (body["status"], body["services"]) == ("ok", {"database": "ok", "cache": "ok"})
        assert body["timestamp"].endswith("Z")
        assert abs(datetime.fromisoformat(body["timestamp"]) - clock.now()) < timedelta(minutes=1)


async def test_with_redis_stopped_it_is_degraded_and_well_again_when_it_is_back(
    web: httpx.AsyncClient, own_redis: Redis
) -> None:
    assert (await web.get("/health")).json()["status"] == "ok"
    await asyncio.to_thread(own_redis.stop)
    answer = await web.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["services"] == {"database": "ok", "cache": "error"}
    await asyncio.to_thread(own_redis.start)
    assert (await web.get("/health")).json()["status"] == "ok"


async def test_with_the_database_closed_it_is_down_and_well_again_when_it_is_back(
    web: httpx.AsyncClient, database: Database
) -> None:
    assert (await web.get("/health")).status_code == 200
    await asyncio.to_thread(database.close)
    try:
        answer = await web.get("/health")
    finally:
        await asyncio.to_thread(database.open)
    assert (answer.status_code, answer.json()["status"]) == (503, "error")
    assert answer.json()["services"] == {"database": "error", "cache": "ok"}
    assert (await web.get("/health")).status_code == 200


async def test_at_a_port_where_nobody_is_both_are_missing_and_the_process_still_lives(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AAROGYA_DATABASE_URL", f"postgresql://aarogya:x@{NOBODY}/aarogya")
    monkeypatch.setenv("AAROGYA_REDIS_URL", f"redis://{NOBODY}/0")
    for kept in (settings, db.engine, db.reading_engine, redis):
        kept.cache_clear()
    answer = await web.get("/health/ready")
    assert (answer.status_code, answer.json()["services"]) == (503, {"database": "error", "cache": "error"})
    assert (await web.get("/health/live")).status_code == 200


async def test_a_database_that_hangs_is_down_within_the_time_of_a_probe(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "ANSWER_WITHIN", 0.2)

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Hears the client out, and never answers.
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        monkeypatch.setenv("AAROGYA_DATABASE_URL", f"postgresql://aarogya:x@127.0.0.1:{port}/aarogya")
        for kept in (settings, db.engine, db.reading_engine):
            kept.cache_clear()
        async with asyncio.timeout(3):
            assert (await web.get("/health")).status_code == 503


async def test_while_all_connections_are_in_use_it_is_well(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AAROGYA_POOL_SIZE", "2")
    for kept in (settings, db.engine, db.reading_engine):
        kept.cache_clear()
    async with db.snapshot(), db.snapshot():
        answer = await web.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
