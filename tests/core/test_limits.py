"""Counting what comes too often: shared by all processes, exact in a rush, and never why nobody gets in."""

import asyncio
from datetime import timedelta

import pytest

from core import limits
from core.embedded.redis import Redis
from core.limits import Limit, TooMany, count, give_back, take
from core.redis import redis
from tests.people import Cast

THREE = Limit("three", 3, timedelta(minutes=1))


async def test_so_many_and_no_more_and_the_rest_is_told_how_long(cast: Cast) -> None:
    for left in (2, 1, 0):
        assert (await take(THREE, "asha")).remaining == left
    with pytest.raises(TooMany) as refusal:
        await take(THREE, "asha")
    assert 0 < refusal.value.data["retry_after"] <= 60
    assert (await take(THREE, "ravi")).remaining == 2


async def test_of_many_at_once_only_so_many_pass(cast: Cast) -> None:
    standings = await asyncio.gather(*(count(THREE, "rush") for _ in range(50)))
    assert sum(not standing.is_over for standing in standings) == 3


async def test_what_is_given_back_may_be_taken_again_and_never_more(cast: Cast) -> None:
    for _ in range(3):
        await take(THREE, "asha")
    for _ in range(10):
        await give_back(THREE, "asha")
    for left in (2, 1, 0):
        assert (await take(THREE, "asha")).remaining == left
    with pytest.raises(TooMany):
        await take(THREE, "asha")


async def test_another_process_counts_on_from_there(cast: Cast) -> None:
    await take(THREE, "asha")
    limits._shared.cache_clear()
    limits._own.cache_clear()
    assert (await take(THREE, "asha")).remaining == 1


async def test_redis_has_neither_address_nor_account_in_it(cast: Cast) -> None:
    await take(THREE, "192.0.2.77", "asha@example.org")
    keys = [key.decode() async for key in redis().scan_iter("aarogya:limit*")]
    assert keys
    assert not [key for key in keys if "192.0.2.77" in key or "asha" in key]


async def test_without_redis_each_process_counts_for_itself(own_redis: Redis) -> None:
    await limits.forget()
    own_redis.stop()
    for left in (2, 1, 0):
        assert (await take(THREE, "asha")).remaining == left
    with pytest.raises(TooMany):
        await take(THREE, "asha")
    own_redis.start()
    redis.cache_clear()
    await limits.forget()
    assert (await take(THREE, "asha")).remaining == 2


async def test_a_redis_that_is_gone_is_not_asked_for_a_while(own_redis: Redis) -> None:
    await limits.forget()
    own_redis.stop()
    await take(THREE, "asha")
    own_redis.start()
    assert (await take(THREE, "asha")).remaining == 1
    limits._Away.until = 0.0
    redis.cache_clear()
    assert (await take(THREE, "asha")).remaining == 2
    await limits.forget()
