"""One Redis client a process, for messages between processes; it never holds the only copy of anything."""

from functools import lru_cache

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from core.settings import settings

ANSWER_WITHIN = 1.0
"""Seconds a command may take before Redis counts as gone."""


@lru_cache
def redis() -> Redis:
    """The client. It connects on use, and answers or fails within a second."""
    return Redis.from_url(
        settings().redis_url or "redis://127.0.0.1:6379/0",
        socket_timeout=ANSWER_WITHIN,
        socket_connect_timeout=ANSWER_WITHIN,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=15,
    )


def subscriber() -> Redis:
    """A client for one long subscription: reading may wait for ever, connecting may not."""
    return Redis.from_url(
        settings().redis_url or "redis://127.0.0.1:6379/0",
        socket_connect_timeout=ANSWER_WITHIN,
        health_check_interval=5,
    )
