"""Waiting for a condition, with a limit: no test sleeps for time to pass."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


async def until(condition: Callable[[], Any], *, within: float = 10.0) -> None:
    """Until `condition`, which may be a coroutine function, holds; fails after `within` seconds."""
    async with asyncio.timeout(within):
        while True:
            holds = condition()
            if inspect.isawaitable(holds):
                holds = await holds
            if holds:
                return
            await asyncio.sleep(0.01)
