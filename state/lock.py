"""Reflex's lock on a tab's state, given back also by an event that is cancelled while it takes it.

A page that is left cancels what it was loading. A `SET … NX` whose answer nobody awaits any more still locks, and the
next page of the same tab would wait for the lock to run out, 10 s in Reflex 0.10.1.
"""

import asyncio
from dataclasses import fields

import reflex as rx
from reflex.istate.manager.redis import StateManagerRedis

_GIVE_BACK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


class ReturnedLock(StateManagerRedis):
    """Reflex's keeper of the states, which leaves no lock behind."""

    async def _try_get_lock(self, lock_key: bytes, lock_id: bytes) -> bool | None:
        taking = asyncio.ensure_future(super()._try_get_lock(lock_key, lock_id))
        try:
            return await asyncio.shield(taking)
        finally:
            # Only once it is answered can it be undone: another connection could overtake it.
            await asyncio.wait([taking])

    async def _wait_lock(self, lock_key: bytes, lock_id: bytes) -> None:
        try:
            await super()._wait_lock(lock_key, lock_id)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(lock_key, lock_id))
            raise

    async def _give_back(self, lock_key: bytes, lock_id: bytes) -> None:
        await self.redis.eval(_GIVE_BACK, 1, lock_key, lock_id)
        self._notify_next_waiter(lock_key)


def returned(manager: StateManagerRedis) -> ReturnedLock:
    """The same keeper, on the same connection, with locks that come back; the given one no longer listens."""
    if manager._lock_task is not None:
        manager._lock_task.cancel()
    return ReturnedLock(**{field.name: getattr(manager, field.name) for field in fields(manager) if field.init})


def return_locks(app: rx.App) -> None:
    """Let the served app keep its states that way; a build keeps none in Redis."""
    if isinstance(app._state_manager, StateManagerRedis):
        app._state_manager = returned(app._state_manager)
