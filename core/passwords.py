"""Passwords: argon2id as pwdlib recommends it, hashed beside the event loop and after everything else.

A hash costs some 100 ms of a core on purpose. It runs in threads of the lowest priority, so that many sign-ins at once
wait for each other and nobody else waits for them.
"""

import asyncio
import os
import secrets
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, TypeVar

from pwdlib import PasswordHash

from core import spent
from core.errors import DomainError
from core.words import N_

T = TypeVar("T")

LONGEST = 256
"""Characters; hashing more would only burn the server's time."""

WAITING = 20
"""How many may wait for their hash in a process: a few seconds' work. Who comes then is told at once."""


class Busy(DomainError):
    """More passwords wait to be looked at than can be in a few seconds; `data['retry_after']` are seconds."""

    code = "busy"
    message = N_("Very many people are signing in right now. Please try again in a few seconds.")


class _Queue:
    """How many hashes of this process wait or run."""

    length = 0


async def hashed(password: str) -> str:
    """What is kept of a password."""
    return await _run(_hasher().hash, _bytes(password))


async def is_right(password: str, stored: str | None) -> bool:
    """Whether it is the one that was hashed; the same work where nothing is stored, and then never right."""
    if len(password) > LONGEST:
        return False
    return await _run(_hasher().verify, _bytes(password), stored or _decoy()) and stored is not None


async def _run(work: Callable[..., T], *args: Any) -> T:
    if _Queue.length >= WAITING:
        raise Busy(retry_after=5)
    _Queue.length += 1
    hashing = asyncio.get_running_loop().run_in_executor(_threads(), work, *args)
    # When it is done, and not when its caller has gone: the thread works on.
    hashing.add_done_callback(_one_less)
    with spent.part("passwords"):
        return await hashing


def _one_less(_done: object) -> None:
    _Queue.length -= 1


def _bytes(password: str) -> bytes:
    # A browser may send half a surrogate pair: it is part of the password like any other.
    return password.encode(errors="surrogatepass")


@lru_cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@lru_cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_hex(16))


@lru_cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, (os.cpu_count() or 2) // 2), "argon2", initializer=_step_back)


def _step_back() -> None:
    if sys.platform == "linux":  # elsewhere a thread has no priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
