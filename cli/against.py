"""For commands that work on a database that is given."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from core import db
from core.errors import StartFailed
from core.redis import redis
from core.settings import settings

T = TypeVar("T")


async def against_the_database(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` gives, with the database of AAROGYA_DATABASE_URL. Raises StartFailed where there is none."""
    if settings().database_url is None:
        raise StartFailed("Set AAROGYA_DATABASE_URL to the database that is meant.")
    try:
        return await work()
    except db.Unavailable as error:
        raise StartFailed("The database does not answer; check AAROGYA_DATABASE_URL.") from error
    finally:
        await db.close()
        await redis().aclose()
