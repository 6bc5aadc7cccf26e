"""Which PostgreSQL and Redis this process itself speaks with: those of an app that runs, or some of its own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.environment import with_urls
from cli.migrate import migrate
from core import db, redis
from core.embedded import Urls, services
from core.settings import Settings, settings


@contextmanager
def cluster(name: str, *, durable: bool, **more: str) -> Iterator[Urls]:
    """An empty one, migrated, for as long as the block lasts; this process and its children are led there.

    `more` are further variables of the environment.
    """
    with tempfile.TemporaryDirectory(prefix=f"aarogya-{name}-") as folder:
        chosen = Settings(data_dir=Path(folder), database_url=None, redis_url=None)
        with services(chosen, durable=durable) as urls:
            lead_to(urls, AAROGYA_DATA_DIR=folder, **more)
            migrate(urls.database)
            yield urls


def lead_to(urls: Urls, **more: str) -> None:
    """Speak with those from now on; `more` are further variables of the environment."""
    os.environ |= with_urls(urls) | more
    forget()


def forget() -> None:
    """Read the settings, and connect, anew."""
    for kept in (settings, db.engine, db.reading_engine, db.marker, redis.redis):
        kept.cache_clear()
