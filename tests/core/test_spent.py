"""Where a slow request's time went, by a statement that really is slow, and nothing of a quick one."""

import asyncio
import re

import httpx
import pytest
import structlog
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from api.routed import Routed
from api.shell import shell
from core import cache, db, passwords, spent
from core.log import logger
from tests.people import Cast


async def slow(request: Request) -> Response:
    async with db.snapshot() as connection:
        await connection.execute(text("SELECT 1"))
        await connection.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": float(request.query_params["s"])})
    return PlainTextResponse("")


async def all_of_it(request: Request) -> Response:
    await request.body()
    await cache.cached("spent", lambda: asyncio.sleep(0, {"a": 1}))
    await passwords.hashed("a password")
    # What is done beside the handler is this request's too.
    await asyncio.gather(*(asyncio.create_task(one()) for _ in range(3)))
    logger("t").warning("inside")
    return PlainTextResponse("")


async def one() -> None:
    async with db.transaction() as tx:
        await tx.execute(text("SELECT 1"))
    logger("t").warning("in_a_task")


@pytest.fixture
def web(cast: Cast) -> httpx.AsyncClient:
    routes = [Route("/slow/{whose}", slow), Route("/all", all_of_it, methods=["POST"])]
    app = shell(Starlette(routes=routes, middleware=[Middleware(Routed)]))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://clinic.test")


async def test_a_request_over_a_second_is_told_with_its_parts(web: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        answer = await web.get("/slow/asha?s=1.05")
    (line,) = [line for line in lines if line["event"] == "slow_request"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/slow/{whose}", 200)
    assert 1050 <= line["ms"] < 5000
    assert 1050 <= line["parts"]["database_ms"] <= line["ms"]
    assert line["times"]["database"] >= 2
    assert set(line["parts"]) == {"pool_ms", "database_ms", "other_ms"}
    assert line["parts"]["other_ms"] < 500
    assert "asha" not in str(line)
    assert answer.headers["x-request-id"]


async def test_a_quick_one_is_not_told(web: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        assert (await web.get("/slow/asha?s=0")).status_code == 200
    assert not lines


async def test_waiting_for_a_connection_is_a_part_of_its_own(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AAROGYA_POOL_SIZE", "2")
    for kept in (db.settings, db.engine, db.reading_engine):
        kept.cache_clear()
    with capture_logs() as lines:
        await asyncio.gather(*(web.get("/slow/x?s=1.02") for _ in range(3)))
    waits = sorted(line["parts"]["pool_ms"] for line in lines if line["event"] == "slow_request")
    assert len(waits) == 3
    assert waits[1] < 500
    assert waits[2] > 900


async def test_every_part_is_told_and_what_is_in_tasks_with_it(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spent, "SLOW", 0.0)
    await cache.forget()
    with capture_logs() as lines:
        await web.post("/all", content=b"x" * 1000)
    (line,) = [line for line in lines if line["event"] == "slow_request"]
    assert set(line["parts"]) == {
        f"{part}_ms" for part in ["body", "redis", "passwords", "pool", "database", "commit", "other"]
    }
    assert line["times"]["pool"] == 3


async def test_every_line_of_a_request_has_its_id_also_in_tasks_and_no_two_the_same(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spent, "SLOW", 60.0)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answers = [await web.post("/all") for _ in range(2)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == 2
    for identity in ids:
        assert re.fullmatch("[0-9a-f]{16}", identity)
        said = [line["event"] for line in lines if line.get("request_id") == identity]
        assert sorted(said) == ["in_a_task"] * 3 + ["inside"]


async def test_what_is_done_for_all_later_is_in_no_requests_name(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[dict] = []

    async def drain(_marker: db.Marker) -> None:
        found.append(structlog.contextvars.get_contextvars())

    monkeypatch.setattr(db.Marker, "drain", drain)
    marker = db.Marker()
    with structlog.contextvars.bound_contextvars(request_id="somebody's"):
        marker.add([1])
    await marker.task
    assert found == [{}]
