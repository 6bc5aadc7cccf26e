"""Whether the app is well, for people and for load balancers."""

import asyncio

from redis.exceptions import RedisError
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core import clock, db
from core.errors import DomainError
from core.redis import redis

ANSWER_WITHIN = 3.0


async def health(_request: Request) -> JSONResponse:
    """503 when the database is gone; 200 and `degraded` when only Redis is."""
    database, cache = await asyncio.gather(_database(), _cache())
    status = "error" if not database else "ok" if cache else "degraded"
    body = {
        "status": status,
        "timestamp": clock.now().isoformat().replace("+00:00", "Z"),
        "services": {"database": "ok" if database else "error", "cache": "ok" if cache else "error"},
    }
    return JSONResponse(body, status_code=200 if database else 503, headers={"Cache-Control": "no-store"})


async def live(_request: Request) -> JSONResponse:
    """200 as long as this process answers at all."""
    return JSONResponse({"status": "ok"})


async def _database() -> bool:
    """By a connection that does not stand in line behind all that is asked: who has much to do is well."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN), db.glance() as connection:
            await connection.execute(text("SELECT 1"))
    except (DomainError, TimeoutError):
        return False
    return True


async def _cache() -> bool:
    try:
        await redis().ping()
    except (RedisError, OSError, TimeoutError):
        return False
    return True


routes = [Route("/health", health), Route("/health/ready", health), Route("/health/live", live)]
