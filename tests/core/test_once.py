"""Work that several processes would do at once is done by one, and nobody waits for him in vain."""

import asyncio
import time
from datetime import timedelta

import pytest

from core import once
from core.embedded.redis import Redis as Server
from core.redis import redis
from tests.people import Cast

MINUTE = timedelta(minutes=1)


class Work:
    """Says how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> bytes:
        self.done += 1
        return b"out %d" % self.done


async def test_who_asks_at_once_or_later_is_told_what_the_first_has_made(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "PATIENCE", 30.0)
    work = Work()
    found = await asyncio.gather(*(once.once("sum", work, kept_for=MINUTE) for _ in range(20)))
    assert [*found, await once.once("sum", work, kept_for=MINUTE)] == [b"out 1"] * 21
    assert await once.once("another", work, kept_for=MINUTE) == b"out 2"


async def test_it_is_kept_for_as_long_as_was_said(cast: Cast) -> None:
    await once.once("sum", Work(), kept_for=MINUTE)
    assert 50_000 < await redis().pttl(once.PREFIX + "sum") <= 60_000


async def test_one_who_died_over_it_is_waited_for_a_moment_and_no_longer(cast: Cast) -> None:
    # He has claimed it, and longer than anybody does.
    await redis().set(once.PREFIX + "sum", once.CLAIMED, px=60_000)
    began = time.monotonic()
    assert await once.once("sum", Work(), kept_for=MINUTE) == b"out 1"
    assert once.PATIENCE <= time.monotonic() - began < once.PATIENCE + 1


async def test_a_claim_ends_by_itself(cast: Cast) -> None:
    def dies() -> bytes:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await once.once("sum", dies, kept_for=MINUTE)
    ends_in = await redis().pttl(once.PREFIX + "sum")
    assert 0 < ends_in <= once.PATIENCE * 1000


async def test_without_redis_everyone_works_for_himself(cast: Cast, own_redis: Server) -> None:
    work = Work()
    own_redis.stop()
    found = await asyncio.gather(*(once.once("sum", work, kept_for=MINUTE) for _ in range(2)))
    assert found == [b"out 1", b"out 2"]
