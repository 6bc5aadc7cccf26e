"""The servers of one start: given ones checked, missing ones brought along, all stopped in the right order."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from core.embedded.lock import locked, writable
from core.embedded.ports import Ports
from core.embedded.postgres import Postgres
from core.embedded.reach import check_database, check_redis
from core.embedded.redis import Redis
from core.errors import StartFailed
from core.settings import Settings


@dataclass(frozen=True)
class Urls:
    """Where PostgreSQL and Redis answer, with passwords."""

    database: str
    redis: str


@dataclass(frozen=True)
class Running:
    """The servers of this start: `urls`, and the embedded ones among them to be watched."""

    urls: Urls
    embedded: tuple[Postgres | Redis, ...]

    def require_same_urls(self) -> None:
        """After a restart: others were told the old addresses. Raises StartFailed when a port was lost meanwhile."""
        if any(server.url not in (self.urls.database, self.urls.redis) for server in self.embedded):
            raise StartFailed("An embedded server lost its port to another program; start again.")


def found(settings: Settings) -> Urls:
    """Where the servers of an app that is running with these settings answer. Raises StartFailed: none is running."""
    folder = settings.data_dir.absolute()
    ports = Ports(folder / "ports.json")
    postgres, redis = Postgres(folder / "postgres", ports), Redis(folder / "redis", ports)
    try:
        if not (settings.database_url or postgres.is_remembered()) or not (settings.redis_url or redis.is_remembered()):
            raise StartFailed(f"No app has been started in {folder} yet; start it with `make run` first.")
        urls = Urls(settings.database_url or postgres.url, settings.redis_url or redis.url)
    except OSError as error:
        raise StartFailed(f"No app has been started in {folder} yet; start it with `make run` first.") from error
    check_database(urls.database)
    check_redis(urls.redis)
    return urls


@contextmanager
def services(settings: Settings, *, durable: bool = True) -> Iterator[Urls]:
    """PostgreSQL and Redis for as long as the block lasts; raises StartFailed with one sentence."""
    with running(settings, durable=durable) as servers:
        yield servers.urls


@contextmanager
def running(settings: Settings, *, durable: bool = True) -> Iterator[Running]:
    """Like `services`, for one who also watches over the embedded servers."""
    if settings.database_url:
        check_database(settings.database_url)
    if settings.redis_url:
        check_redis(settings.redis_url)
    folder = settings.data_dir.absolute()
    embedded: list[Postgres | Redis] = []
    with ExitStack() as stack:
        if not (settings.database_url and settings.redis_url):
            stack.enter_context(locked(folder))
            folder = folder.resolve()
        ports = Ports(folder / "ports.json")
        if not settings.database_url:
            embedded.append(Postgres(folder / "postgres", ports, durable=durable))
        if not settings.redis_url:
            embedded.append(Redis(folder / "redis", ports, durable=durable))
        for server in embedded:
            # Before the start: one that is cut short has to be stopped too. Redis goes first, PostgreSQL last.
            stack.callback(server.stop)
            with writable(folder):
                server.start()
        database, redis = settings.database_url, settings.redis_url
        for server in embedded:
            database, redis = (server.url, redis) if isinstance(server, Postgres) else (database, server.url)
        yield Running(Urls(str(database), str(redis)), tuple(embedded))
