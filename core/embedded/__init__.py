"""PostgreSQL and Redis that come with the app: `with services(settings()) as urls:` is all a caller needs."""

from core.embedded.reach import check_database, check_redis
from core.embedded.running import Running, Urls, found, running, services

__all__ = [
    "Running",
    "Urls",
    "check_database",
    "check_redis",
    "found",
    "running",
    "services",
]
