"""Real servers for the whole run, a fresh database for each test that asks for one."""

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import psycopg
import pytest
import pytest_asyncio
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg as Dialect
from sqlalchemy.ext.asyncio import create_async_engine

from api import overload
from cli.migrate import migrate
from core import cache, connections, db, events, limits, passwords, redis
from core.embedded import Urls
from core.embedded import services as embedded
from core.embedded.ports import Ports
from core.embedded.redis import Redis
from core.log import join_logging
from core.settings import Settings, settings
from services import desk_columns, first_free, kept_books, schedules, signed_requests, visit_lengths, windows
from services.live import live
from tests.mailbox import Mailbox
from tests.outage import Database
from tests.people import QUICK, Cast, seed

TEMPLATE, SEEDED = "migrated", "seeded"

# As in a server: else what is logged depends on which test came before, and a traceback is painted for minutes.
join_logging()

# The suite says the same each time; by chance it is looked for more where much more is looked at, in the night.
hypothesis.settings.register_profile("same", derandomize=True)
if not {"AAROGYA_FUZZ", "AAROGYA_MACHINE"} & os.environ.keys():
    hypothesis.settings.load_profile("same")


# What was compiled for one test's database is kept for the next one's, as a server keeps it from request to request.
COMPILED: dict[Any, Any] = {}
Dialect.__eq__ = lambda self, other: type(self) is type(other)
Dialect.__hash__ = lambda self: hash(type(self))
connections.create_async_engine = partial(create_async_engine, execution_options={"compiled_cache": COMPILED})

LONGEST = ("tests/services/test_book_machine.py", "tests/test_matrix.py")
"""First, so that no process waits for another at the end."""

BROWSER = "tests/e2e/"
"""Alone here are tests that kill something: `python -m tests` and `make chaos` look for them nowhere else."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    for item in items:
        assert item.nodeid.startswith(BROWSER) or not item.get_closest_marker("chaos"), f"{item.nodeid} would never run"


def pytest_collection_finish() -> None:
    # What was loaded stays, and the collector has no need to look through it again and again.
    gc.freeze()


MEMORY, ROOM = Path("/dev/shm"), 2 * 10**9
"""Where Linux keeps files in memory, and how many bytes must be free for us to keep ours there."""


@pytest.fixture(scope="session")
def servers() -> Iterator[Urls]:
    """An embedded PostgreSQL and Redis, without waiting for the disk; in memory, where there is room."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    with tempfile.TemporaryDirectory(prefix="aarogya-tests-", dir=MEMORY if roomy else None) as folder:
        chosen = Settings(data_dir=Path(folder), database_url=None, redis_url=None)
        with embedded(chosen, durable=False) as urls:
            yield urls


@pytest.fixture(scope="session")
def template(servers: Urls) -> str:
    """The name of a migrated database that others are copied from."""
    with psycopg.connect(servers.database, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    migrate(named(servers.database, TEMPLATE))
    return TEMPLATE


@pytest_asyncio.fixture(scope="session")
async def seeded(servers: Urls, template: str) -> tuple[str, Cast]:
    """The name of a migrated database with the small cast of tests/people.py in it, and the cast."""
    with psycopg.connect(servers.database, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {SEEDED} TEMPLATE {template} STRATEGY file_copy")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AAROGYA_DATABASE_URL", named(servers.database, SEEDED))
        forget()
        cast = await seed()
        await db.close()
    forget()
    return SEEDED, cast


REDIS_WITHIN = 10.0
"""Seconds that a Redis which is there is waited for: a machine that is busy for a second has not lost it."""


class Copies:
    """Fresh copies of a database, in a thread of their own: a test does not wait for the next one, nor for the last."""

    def __init__(self, connection: psycopg.Connection, pool: ThreadPoolExecutor, url: str) -> None:
        self._connection, self._pool, self._url = connection, pool, url
        self._ahead: dict[str, Future[str]] = {}
        self._dropped: list[Future[None]] = []

    def copy(self, template: str) -> str:
        """The URL of one; all go with the servers."""
        ready = self._ahead.pop(template, None) or self._pool.submit(self._copied, template)
        self._ahead[template] = self._pool.submit(self._copied, template)
        return ready.result()

    def drop(self, url: str) -> None:
        """Nobody needs it any more; what goes wrong with that is told at the end."""
        self._dropped.append(self._pool.submit(self._drop, url))

    def settle(self) -> None:
        """Wait until all are gone that were dropped."""
        for each in self._dropped:
            each.result()

    def _copied(self, template: str) -> str:
        name = f"test_{uuid4().hex[:12]}"
        self._connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return named(self._url, name)

    def _drop(self, url: str) -> None:
        self._connection.execute(f"DROP DATABASE {psycopg.conninfo.conninfo_to_dict(url)['dbname']} WITH (FORCE)")


@pytest.fixture(scope="session")
def copies(servers: Urls) -> Iterator[Copies]:
    """Copies of the templates."""
    with psycopg.connect(servers.database, autocommit=True) as connection, ThreadPoolExecutor(max_workers=1) as pool:
        made = Copies(connection, pool, servers.database)
        yield made
        made.settle()


@pytest.fixture(scope="session")
def new_database(copies: Copies, template: str) -> Callable[[], str]:
    """Makes a fresh migrated database, and gives its URL."""
    return lambda: copies.copy(template)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, copies: Copies, template: str) -> Iterator[str]:
    """A fresh migrated database, gone after the test; with the cast in it, where the test has one."""
    made = copies.copy(request.getfixturevalue("seeded")[0] if "cast" in request.fixturenames else template)
    yield made
    copies.drop(made)


@pytest_asyncio.fixture
async def cast(
    database_url: str, seeded: tuple[str, Cast], servers: Urls, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Cast]:
    """The small cast of tests/people.py, in a database that the services of this process use."""
    monkeypatch.setenv("AAROGYA_DATABASE_URL", database_url)
    monkeypatch.setenv("AAROGYA_REDIS_URL", servers.redis)
    monkeypatch.setenv("AAROGYA_PUBLIC_URL", "http://clinic.test")
    monkeypatch.setattr(passwords, "_hasher", lambda: QUICK)
    for module in (redis, cache, events, limits, signed_requests):
        monkeypatch.setattr(module, "ANSWER_WITHIN", REDIS_WITHIN)
    # Else each test would wait for it at its end.
    monkeypatch.setattr(db, "MARK_AFTER", 0.0)
    forget()
    await limits.forget()
    # Accounts of another test have the same numbers.
    await redis.redis().flushdb()
    await cache.forget()
    yield seeded[1]
    await db.close()
    await redis.redis().aclose()
    forget()


@pytest.fixture
def mailbox(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    """Where mail and text messages of this test land."""
    monkeypatch.setenv("AAROGYA_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    return Mailbox(tmp_path)


@pytest.fixture
def own_redis(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """A Redis of this test's own, to be stopped and started at will; the services of this process use it."""
    server = Redis(tmp_path / "redis", Ports(tmp_path / "ports.json"), durable=False)
    server.start()
    monkeypatch.setenv("AAROGYA_REDIS_URL", server.url)
    settings.cache_clear()
    redis.redis.cache_clear()
    yield server
    server.stop()


@pytest.fixture
def database(database_url: str) -> Database:
    """The test's database, to be closed and opened at will."""
    return Database(database_url)


def forget() -> None:
    """Let the process read its settings, and connect, anew."""
    for kept in (settings, db.engine, db.reading_engine, db.marker, redis.redis):
        kept.cache_clear()
    desk_columns.forget()
    schedules.forget()
    visit_lengths.forget()
    kept_books.forget()
    windows.forget()
    first_free.forget()
    overload.load.rate = 0.0
    # Another database begins its versions anew, and none of them would be the newest.
    live.shown.clear()


def named(url: str, database: str) -> str:
    """The same server, another database."""
    head, _, tail = url.partition("?")
    return head.rpartition("/")[0] + "/" + database + ("?" + tail if tail else "")
