"""What several processes would work out at the same moment: one does, and the others are told what came out.

The one who claims the key in Redis works; whoever finds it claimed waits a moment for what comes out. Nobody depends on
another: where Redis is gone, or whoever claimed it has died or is slow, each works it out for himself.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from redis.exceptions import RedisError

from core.redis import redis

PATIENCE = 0.1
"""Seconds that one waits for another's work, or for Redis."""

FIRST_PAUSE = 0.003
"""Seconds until one looks for the first time; each pause is half as long again as the one before."""

PREFIX = "once:"
CLAIMED = b""
UNREACHABLE = (RedisError, OSError, TimeoutError)


async def once(key: str, work: Callable[[], bytes], *, kept_for: timedelta) -> bytes:
    """What `work` makes of what the key names, in whichever process; never empty, and the same for all who ask."""
    name = PREFIX + key
    found = await _found(name)
    if found is not None:
        return found or work()
    made = work()
    with suppress(*UNREACHABLE):
        async with asyncio.timeout(PATIENCE):
            await redis().set(name, made, px=kept_for)
    return made


async def _found(name: str) -> bytes | None:
    """What another has made of it, empty where he cannot be waited for; None: it is ours to do."""
    try:
        async with asyncio.timeout(PATIENCE):
            found = await redis().set(name, CLAIMED, nx=True, get=True, px=timedelta(seconds=PATIENCE))
            pause = FIRST_PAUSE
            while found == CLAIMED:
                await asyncio.sleep(pause)
                pause *= 1.5
                found = await redis().get(name)
    except UNREACHABLE:
        return CLAIMED
    return found  # type: ignore[no-any-return]
