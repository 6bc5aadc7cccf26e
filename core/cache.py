"""A cache whose entries can be recalled: in process for half a second, in Redis for a minute, else read anew.

Who changes what an entry was made of calls `recall` BEFORE committing. That leaves a mark in the entry's place for as
long as an entry lives, and nothing is filled in over a mark: no crash, and no reader who read before the commit, brings
the old value back. Without Redis everything is read anew.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable
from datetime import timedelta
from typing import Any

import orjson
from cashews import Cache
from redis.exceptions import RedisError

from core import metrics, spent
from core.redis import ANSWER_WITHIN, redis

NEAR = 0.5
"""Seconds that an entry lives in the process: no longer is it believed after it was recalled."""

FAR = timedelta(minutes=1)
"""How long an entry lives in Redis."""

MARK = b"recalled"

MOST_BRIEF = 1_000
"""Things kept briefly."""

_brief: OrderedDict[Hashable, tuple[float, asyncio.Future[Any]]] = OrderedDict()
_near = Cache()
_near.setup("mem://", size=10_000)
_reading: dict[str, asyncio.Task[Any]] = {}


async def cached(key: str, read: Callable[[], Awaitable[Any]]) -> Any:
    """The entry, JSON at heart, or what `read` finds; those who ask at once in this process share one look.

    None is not kept: what is not there may come at any moment.
    """
    if (found := await _near.get(key)) is not None:
        metrics.cache_lookups.labels("process").inc()
        return found
    if (task := _reading.get(key)) is None:
        task = _reading[key] = asyncio.create_task(_look(key, read))
        task.add_done_callback(lambda _: _reading.pop(key, None))
    return await asyncio.shield(task)


async def briefly(key: Hashable, read: Callable[[], Awaitable[Any]]) -> Any:
    """What `read` finds, which may be as old as `NEAR`: for what many ask alike, and nobody acts upon unchecked.

    It stays in this process and cannot be recalled; those who ask at once share one look.
    """
    now = time.monotonic()
    if (found := _brief.get(key)) is None or found[0] <= now:
        found = _brief[key] = now + NEAR, asyncio.ensure_future(read())
        _brief.move_to_end(key)
        found[1].add_done_callback(lambda task: _drop_failed(key, task))
        # The oldest stand first.
        while len(_brief) > MOST_BRIEF or next(iter(_brief.values()))[0] <= now:
            _brief.popitem(last=False)
    return await asyncio.shield(found[1])


def _drop_failed(key: Hashable, task: asyncio.Future[Any]) -> None:
    """A failure is theirs who waited for it, and of nobody after."""
    if (task.cancelled() or task.exception() is not None) and _brief.get(key, (0, None))[1] is task:
        del _brief[key]


async def recall(keys: Iterable[str]) -> None:
    """Take entries back, everywhere within `NEAR`; before the commit that makes them untrue."""
    keys = list(keys)
    for key in keys:
        await _near.delete(key)
    if not keys:
        return
    try:
        with spent.part("redis"):
            async with asyncio.timeout(ANSWER_WITHIN), redis().pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.set(key, MARK, ex=FAR * 2)
                await pipe.execute()
    except (RedisError, OSError, TimeoutError):
        # Whoever cannot be told cannot ask Redis either, and reads anew.
        return


async def _look(key: str, read: Callable[[], Awaitable[Any]]) -> Any:
    kept = await _get(key)
    if kept is not None and kept != MARK:
        metrics.cache_lookups.labels("redis").inc()
        found = orjson.loads(kept)
    else:
        metrics.cache_lookups.labels("nowhere").inc()
        found = await read()
        if found is not None and kept is None:
            await _fill(key, orjson.dumps(found))
    if found is not None:
        await _near.set(key, found, expire=NEAR)
    return found


async def _get(key: str) -> bytes | None:
    try:
        with spent.part("redis"):
            async with asyncio.timeout(ANSWER_WITHIN):
                found: bytes | None = await redis().get(key)
                return found
    except (RedisError, OSError, TimeoutError):
        return MARK


async def _fill(key: str, value: bytes) -> None:
    try:
        with spent.part("redis"):
            async with asyncio.timeout(ANSWER_WITHIN):
                await redis().set(key, value, ex=FAR, nx=True)
    except (RedisError, OSError, TimeoutError):
        return


async def forget() -> None:
    """Empty what this process keeps."""
    _brief.clear()
    await _near.clear()
