"""Whether the servers that somebody else runs for us answer, said in one sentence when they do not."""

from urllib.parse import urlsplit

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.errors import StartFailed

OLDEST_POSTGRES = 15
OLDEST_REDIS = 7


def check_database(url: str) -> None:
    """Connect once; raises StartFailed for a server that is away, refuses us, or is older than PostgreSQL 15."""
    try:
        with psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
    except psycopg.Error as error:
        raise StartFailed(
            f"PostgreSQL at {_place(url)} does not answer: {_reason(error)}; check AAROGYA_DATABASE_URL."
        ) from error
    if version < OLDEST_POSTGRES:
        raise StartFailed(f"PostgreSQL at {_place(url)} is version {version}; {OLDEST_POSTGRES} or newer is needed.")


def check_redis(url: str) -> None:
    """Ask for its version once; raises StartFailed for a server that is away, refuses us, or is older than Redis 7."""
    try:
        with redis.Redis.from_url(url, socket_timeout=5, retry=Retry(NoBackoff(), 0)) as client:
            version = str(client.info("server")["redis_version"])
    except (redis.RedisError, ValueError) as error:
        raise StartFailed(
            f"Redis at {_place(url)} does not answer: {_reason(error)}; check AAROGYA_REDIS_URL."
        ) from error
    if int(version.partition(".")[0]) < OLDEST_REDIS:
        raise StartFailed(f"Redis at {_place(url)} is version {version}; {OLDEST_REDIS} or newer is needed.")


def _place(url: str) -> str:
    """Host and port without the password."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2] or "this address"
    except ValueError:
        return "this address"


def _reason(error: Exception) -> str:
    """The last part of what the driver said: before it, each layer repeats that the connection failed."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rpartition("failed: ")[2].strip().rstrip(".:;")
