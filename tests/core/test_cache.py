"""Entries that can be recalled: whatever happens around the commit, the old value does not come back."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from core import cache
from core.embedded.redis import Redis
from core.redis import redis
from tests.people import Cast
from tests.waiting import until


class Truth:
    """What the database would say, and how often it was asked."""

    def __init__(self) -> None:
        self.value: dict[str, int] | None = {"n": 1}
        self.looks = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def read(self) -> dict[str, int] | None:
        self.looks += 1
        found = self.value
        await self.gate.wait()
        return found


@pytest_asyncio.fixture
async def key(cast: Cast) -> AsyncIterator[str]:
    await cache.forget()
    yield f"test:{uuid4().hex}"
    await cache.forget()


async def test_a_second_look_asks_nobody_and_another_process_only_redis(key: str) -> None:
    truth = Truth()
    assert await cache.cached(key, truth.read) == {"n": 1}
    assert await cache.cached(key, truth.read) == {"n": 1}
    await cache.forget()
    assert await cache.cached(key, truth.read) == {"n": 1}
    assert truth.looks == 1


async def test_many_who_ask_at_once_share_one_look(key: str) -> None:
    truth = Truth()
    truth.gate.clear()
    waiting = [asyncio.create_task(cache.cached(key, truth.read)) for _ in range(50)]
    await until(lambda: truth.looks)
    waiting[0].cancel()
    truth.gate.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert found[1:] == [{"n": 1}] * 49
    assert truth.looks == 1


async def test_after_it_is_recalled_the_truth_is_read(key: str) -> None:
    truth = Truth()
    await cache.cached(key, truth.read)
    await cache.recall([key])
    truth.value = {"n": 2}
    assert await cache.cached(key, truth.read) == {"n": 2}


async def test_one_who_read_before_the_commit_does_not_bring_the_old_value_back(key: str) -> None:
    truth = Truth()
    truth.gate.clear()
    early = asyncio.create_task(cache.cached(key, truth.read))
    await until(lambda: truth.looks)
    await cache.recall([key])
    truth.value = {"n": 2}
    truth.gate.set()
    await early
    # Another process, at any later moment.
    await cache.forget()
    assert await cache.cached(key, truth.read) == {"n": 2}


async def test_another_process_believes_what_it_has_for_half_a_second_at_most(key: str) -> None:
    truth = Truth()
    await cache.cached(key, truth.read)
    # Recalled by another process: this one has heard nothing.
    await redis().set(key, cache.MARK)
    truth.value = {"n": 2}
    await asyncio.sleep(cache.NEAR + 0.05)
    assert await cache.cached(key, truth.read) == {"n": 2}


async def test_what_is_not_there_is_not_kept(key: str) -> None:
    truth = Truth()
    truth.value = None
    assert await cache.cached(key, truth.read) is None
    truth.value = {"n": 3}
    assert await cache.cached(key, truth.read) == {"n": 3}


async def test_without_redis_the_truth_is_read(key: str, own_redis: Redis) -> None:
    truth = Truth()
    own_redis.stop()
    assert await cache.cached(key, truth.read) == {"n": 1}
    await cache.recall([key])
    truth.value = {"n": 2}
    assert await cache.cached(key, truth.read) == {"n": 2}


async def test_what_is_kept_briefly_is_read_once_for_all_who_ask_and_again_after_a_moment(key: str) -> None:
    truth = Truth()
    truth.gate.clear()
    waiting = [asyncio.create_task(cache.briefly(key, truth.read)) for _ in range(50)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    truth.gate.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert found[1:] == [{"n": 1}] * 49
    truth.value = {"n": 2}
    assert await cache.briefly(key, truth.read) == {"n": 1}
    assert truth.looks == 1
    until, task = cache._brief[key]
    assert until - time.monotonic() <= cache.NEAR
    cache._brief[key] = time.monotonic(), task
    assert await cache.briefly(key, truth.read) == {"n": 2}


async def test_a_look_that_failed_is_not_kept(key: str) -> None:
    async def fail() -> None:
        raise RuntimeError

    for _ in range(2):
        with pytest.raises(RuntimeError):
            await cache.briefly(key, fail)
    assert await cache.briefly(key, Truth().read) == {"n": 1}


async def test_no_more_is_kept_briefly_than_there_is_room_for(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_BRIEF", 3)
    for number in range(10):
        await cache.briefly((key, number), Truth().read)
    assert [number for _, number in cache._brief] == [7, 8, 9]
