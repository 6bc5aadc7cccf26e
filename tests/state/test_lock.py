"""A tab's state is never left locked by an event that was given up."""

import asyncio

import pytest
from redis.asyncio import Redis
from reflex.istate.manager.redis import StateManagerRedis
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State

from core.embedded import Urls
from state.lock import ReturnedLock, returned

GIVEN_UP = 300


@pytest.mark.parametrize("crowd", [1, 3])
async def test_an_event_given_up_at_any_moment_leaves_no_lock(servers: Urls, crowd: int) -> None:
    redis = Redis.from_url(servers.redis)
    manager = returned(StateManagerRedis(redis=redis))
    assert isinstance(manager, ReturnedLock)
    left = []
    try:
        for turn in range(GIVEN_UP):
            token = BaseStateToken(ident=f"given-up-{crowd}-{turn}", cls=State)
            events = [asyncio.create_task(_event(manager, token)) for _ in range(crowd)]
            for _ in range(turn % 30):
                await asyncio.sleep(0)
            await asyncio.sleep(turn % 7 / 10_000)
            for event in events:
                event.cancel()
            await asyncio.gather(*events, return_exceptions=True)
            left += await redis.keys(f"{token.lock_key}_lock")
    finally:
        await manager.close()
    assert not left, f"{len(left)} of {GIVEN_UP} states stay locked"


async def test_one_who_waits_has_the_lock_as_soon_as_it_is_given_up(servers: Urls) -> None:
    manager = returned(StateManagerRedis(redis=Redis.from_url(servers.redis)))
    token = BaseStateToken(ident="waited-for", cls=State)
    try:
        async with asyncio.timeout(manager.lock_expiration / 1000 / 2):
            for _ in range(50):
                first, given_up, last = (asyncio.create_task(_event(manager, token)) for _ in range(3))
                await asyncio.sleep(0.001)
                given_up.cancel()
                await asyncio.gather(first, last)
    finally:
        await manager.close()


async def test_a_keeper_that_is_closed_leaves_nobody_listening(servers: Urls) -> None:
    before = asyncio.all_tasks()
    await returned(StateManagerRedis(redis=Redis.from_url(servers.redis))).close()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before


async def _event(manager: StateManagerRedis, token: BaseStateToken) -> None:
    async with manager.modify_state(token):
        await asyncio.sleep(0)
