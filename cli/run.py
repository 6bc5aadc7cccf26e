"""`aarogya run`: everything that the app needs, on this machine, from one command; Ctrl-C ends all of it."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from types import FrameType
from typing import Annotated

import typer

from cli.environment import ROOT, with_urls
from cli.keeper import Command, Keeper
from cli.safe import require_safe
from core.embedded import Running, Urls, running
from core.embedded.ports import is_free
from core.errors import StartFailed
from core.settings import Environment, Settings, settings

TICK = 0.2
READY_SECONDS = 120.0
# As long as granian may need to end its workers, and a little more.
SERVER_PATIENCE = 15.0
WORKER_PATIENCE = 15.0
DEMO_PEOPLE = ("patient@example.org", "doctor@example.org", "reception@example.org", "admin@example.org")
DEMO_PASSWORD = "aarogya-demo"  # noqa: S105  (printed on the first screen, and refused in production)


class Stopped(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


def run(
    reload: Annotated[bool, typer.Option(help="Start the server again when a source file changes.")] = False,
) -> None:
    """Start PostgreSQL, Redis, the server and the worker, with demo data, and keep them running."""
    os.chdir(ROOT)
    chosen = settings()
    require_safe(chosen)
    with stoppable() as asked:
        require_port(chosen.host, chosen.port)
        _say("Starting PostgreSQL and Redis…")
        with running(chosen) as servers:
            _prepare(chosen, servers.urls)
            _keep(chosen, servers, asked, reload=reload)


class Asked:
    """Whether somebody wants us to stop: at once, or when we next `rest` where something must not be left half done."""

    def __init__(self) -> None:
        """Nobody yet, and at once."""
        self.is_patient = False
        self._is_asked = False

    def note(self) -> None:
        """Somebody does. Raises Stopped where he need not wait."""
        self._is_asked = True
        if not self.is_patient:
            raise Stopped

    def rest(self, seconds: float) -> None:
        """Sleep. Raises Stopped where somebody has asked meanwhile."""
        time.sleep(seconds)
        if self._is_asked:
            raise Stopped


@contextmanager
def stoppable() -> Iterator[Asked]:
    """Leave the block on the first signal that asks for it; later ones do not disturb the leaving."""
    asked = Asked()

    def leave(_number: int, _frame: FrameType | None) -> None:
        for again in asking:
            signal.signal(again, signal.SIG_IGN)
        _say("\nStopping…")
        asked.note()

    asking = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in asking:
        signal.signal(number, leave)
    with suppress(Stopped):
        yield asked
    _say("Stopped.")


def require_port(host: str, port: int, *, patience: float = 3.0) -> None:
    """Refuse a port that is taken, before anything is started; a server that was just killed may need a moment."""
    deadline = time.monotonic() + patience
    try:
        while not is_free(port, host):
            if time.monotonic() > deadline:
                raise StartFailed(
                    f"Port {port} is taken by another program; stop it, or choose another port: "
                    f"AAROGYA_PORT={port + 1 if port < 65535 else 3000} make run."
                )
            time.sleep(TICK)
    except PermissionError:
        raise StartFailed(f"Port {port} is for root only; choose one from 1024 on with AAROGYA_PORT.") from None
    except OSError as error:
        raise StartFailed(f"AAROGYA_HOST={host} is not an address of this machine ({error.strerror}).") from error


def _prepare(chosen: Settings, urls: Urls) -> None:
    """Database, demo data and pages, each only as far as it is not there yet."""
    # The modules below read the settings, which are the environment's.
    os.environ.update(with_urls(urls))
    settings.cache_clear()
    from cli.migrate import migrate

    _say("Bringing the database up to date…")
    migrate(urls.database)
    if chosen.environment is Environment.DEMO:
        from cli.demo import load_once

        load_once(urls.database)
    from cli.ready import require_ready

    require_ready(urls.database, chosen.environment)
    from cli.pages import built

    built(say=_say)


def _keep(chosen: Settings, servers: Running, asked: Asked, *, reload: bool) -> None:
    """Run server and worker until we are stopped; on the way out the server goes first, then the worker."""
    # One that is being looked at when the signal comes would keep its lock: then nobody could wait for its end.
    asked.is_patient = True
    env = with_urls(servers.urls)
    now = time.monotonic()
    worker = Keeper("worker", Command("worker", env=env, patience=WORKER_PATIENCE))
    options = ["--reload"] if reload else []
    server = Keeper("web server", Command("serve", *options, env=env, patience=SERVER_PATIENCE))
    embedded = [Keeper(f"{type(kept).__name__} server", kept, started_at=now) for kept in servers.embedded]
    try:
        _say("Starting the web server…")
        ready = False
        while True:
            for keeper in (*embedded, server, worker):
                keeper.tend()
            servers.require_same_urls()
            if not ready and (ready := is_healthy(chosen)):
                _announce(chosen)
            elif not ready and time.monotonic() > now + READY_SECONDS:
                raise StartFailed(
                    f"The web server did not answer within {READY_SECONDS:.0f} seconds; what it said is above."
                )
            asked.rest(TICK)
    finally:
        server.stop()
        worker.stop()


def is_healthy(chosen: Settings) -> bool:
    """Whether `/health` says that all is well."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(chosen.host, chosen.host)  # noqa: S104
    try:
        connection = HTTPConnection(host, chosen.port, timeout=5)
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False


def _announce(chosen: Settings) -> None:
    lines = ["", f"Aarogya Setu is ready at {chosen.origin}", ""]
    if chosen.environment is Environment.DEMO:
        lines += [f"Log in with the password {DEMO_PASSWORD} as", *(f"  {person}" for person in DEMO_PEOPLE), ""]
    lines.append("Ctrl-C stops everything; the data stays.")
    _say("\n".join(lines))


def _say(words: str) -> None:
    """To the person at the terminal; a terminal that is gone must not keep us from stopping cleanly."""
    with suppress(OSError):
        print(words, flush=True)
