"""How often is too often: counters in Redis that all server processes share, by the library `limits`.

A window is fixed and begins with its first count, so that a count can be given back and the time to wait is exact. Who
is counted appears in Redis as a keyed hash only. While Redis is gone each process counts for itself: nobody is shut
out because of that, and whoever makes Redis go away wins at most as many times the limit as there are processes.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, TypeVar

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core import metrics, spent
from core.crypto import lookup
from core.errors import DomainError
from core.redis import ANSWER_WITHIN, redis
from core.settings import settings
from core.words import N_

T = TypeVar("T")

PREFIX = "aarogya:limit"

LEFT_ALONE = 5.0
"""Seconds that Redis is left alone after it did not answer: not every request waits for it again."""


class TooMany(DomainError):
    """A limit is reached; `data['retry_after']` are the seconds until it begins anew."""

    code = "too_many"
    message = N_("That was too often. Please wait a little and try again.")


@dataclass(frozen=True)
class Limit:
    """So many `per` so long, each of whoever is counted by it. The name is for Redis and for metrics."""

    name: str
    amount: int
    per: timedelta

    @property
    def seconds(self) -> int:
        """The length of the window."""
        return int(self.per.total_seconds())


@dataclass(frozen=True)
class Standing:
    """What a count left: how many more there may be, and the seconds until the window begins anew."""

    limit: Limit
    remaining: int
    reset: int

    @property
    def is_over(self) -> bool:
        """Whether it was one too many."""
        return self.remaining < 0


async def count(limit: Limit, *whom: object) -> Standing:
    """Count one of `whom`; it is for the caller to look whether it was one too many."""
    key = _key(limit, whom)

    async def look(storage: Any) -> Standing:
        counted = await storage.incr(key, limit.seconds)
        expires = await storage.get_expiry(key)
        return Standing(limit, limit.amount - counted, max(1, math.ceil(expires - time.time())))

    standing = await _at(look)
    if standing.is_over:
        metrics.limited.labels(limit.name).inc()
    return standing


async def take(limit: Limit, *whom: object) -> Standing:
    """Count one of `whom`. Raises TooMany when it is one too many."""
    standing = await count(limit, *whom)
    if standing.is_over:
        raise TooMany(retry_after=standing.reset)
    return standing


async def give_back(limit: Limit, *whom: object) -> None:
    """Take back one that was counted, since it turned out to be none of what the limit is against."""
    key = _key(limit, whom)

    async def less(storage: Any) -> None:
        # After the window has passed there is nothing to take back: a count below zero would be a gift.
        if await storage.get(key) > 0:
            await storage.incr(key, limit.seconds, amount=-1)

    await _at(less)


def _key(limit: Limit, whom: tuple[object, ...]) -> str:
    item: RateLimitItem = RateLimitItemPerSecond(limit.amount, limit.seconds, namespace=limit.name)
    return item.key_for(lookup("limit", "\0".join(map(str, whom))).hex()[:32])


class _Away:
    """Until when Redis is left alone, by the monotonic clock."""

    until = 0.0


async def _at(work: Callable[[Any], Awaitable[T]]) -> T:
    if time.monotonic() >= _Away.until:
        try:
            with spent.part("redis"):
                async with asyncio.timeout(ANSWER_WITHIN):
                    return await work(_shared(redis()))
        except (RedisError, OSError, TimeoutError):
            _Away.until = time.monotonic() + LEFT_ALONE
    return await work(_own())


@lru_cache(maxsize=1)
def _shared(client: Redis) -> RedisStorage:
    url = f"async+{settings().redis_url or 'redis://127.0.0.1:6379/0'}"
    # With our own client's connections: they answer or fail within a second.
    options: Any = {"connection_pool": client.connection_pool}
    return RedisStorage(url, implementation="redispy", key_prefix=PREFIX, **options)


@lru_cache
def _own() -> MemoryStorage:
    return MemoryStorage()


async def forget() -> None:
    """Count anew, in this process and in Redis, and ask Redis again."""
    _Away.until = 0.0
    _own.cache_clear()
    _shared.cache_clear()
    if keys := [key async for key in redis().scan_iter(f"{PREFIX}*", count=1000)]:
        await redis().delete(*keys)
