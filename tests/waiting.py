"""Waiting for a condition, with a limit: no test sleeps for time to pass."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

LOOK = 0.01
LONGEST_LOOK = 0.1
"""Seconds: what one look takes beyond that, the machine had other things to do, and it does not count."""


async def until(condition: Callable[[], Any], *, within: float = 10.0) -> None:
    """Until `condition`, which may be a coroutine function, holds; fails after `within` seconds of this process."""
    left = within
    async with asyncio.timeout(within + 60):
        while left > 0:
            began = time.monotonic()
            holds = condition()
            if inspect.isawaitable(holds):
                holds = await holds
            if holds:
                return
            await asyncio.sleep(LOOK)
            left -= min(time.monotonic() - began, LONGEST_LOOK)
    raise TimeoutError(f"it did not come about within {within} seconds")
