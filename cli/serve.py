"""`aarogya serve`: the pages, the API and the sockets on one port, against the given PostgreSQL and Redis."""

import os
import resource
import signal
import sys
from contextlib import suppress
from functools import partial
from typing import Annotated, Any

import typer

from cli.environment import ROOT, counts, for_serving
from cli.pages import built
from cli.preload import preload
from cli.safe import require_safe
from core import counting
from core.embedded import check_database, check_redis
from core.embedded.bound import die_with
from core.errors import StartFailed
from core.settings import Settings, settings

# A worker gets this long for the requests it has when the server stops.
PATIENCE = 10
CONNECTIONS = 20_000
"""Of a process: whoever comes beyond waits, unanswered, for another to leave. Every open page holds one."""
SOURCES = ("aarogya_ui", "state", "api", "services", "models", "core", "assets", "rxconfig.py")


def serve(reload: Annotated[bool, typer.Option(help="Start again when a source file changes.")] = False) -> None:
    """Serve until SIGTERM or Ctrl-C; a worker process that dies is replaced."""
    os.chdir(ROOT)
    chosen = settings()
    require_safe(chosen)
    if not (chosen.database_url and chosen.redis_url):
        raise StartFailed(
            "`aarogya serve` needs AAROGYA_DATABASE_URL and AAROGYA_REDIS_URL; `aarogya run` brings both along."
        )
    counting.share(counts(chosen))
    # It counts, as everything on the database does.
    from cli.ready import require_ready

    check_database(chosen.database_url)
    check_redis(chosen.redis_url)
    require_ready(chosen.database_url, chosen.environment)
    os.environ.update(for_serving(built(), chosen.redis_url))
    _raise_limit()
    if not reload:
        # Else the processes after a change would begin with what was there before it.
        preload()
    _granian(chosen, reload=reload).serve(target_loader=partial(_load, os.getpid()))


def _granian(chosen: Settings, *, reload: bool) -> Any:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        target="aarogya_ui.aarogya_ui:app",
        address=chosen.host,
        port=chosen.port,
        interface=Interfaces.ASGI,
        workers=1 if reload else chosen.workers,
        respawn_failed_workers=True,
        workers_kill_timeout=PATIENCE,
        # By default these are 1,024 for all processes together.
        backlog=4096,
        backpressure=CONNECTIONS,
        log_level=LogLevels.warning,
        reload=reload,
        reload_paths=[ROOT / name for name in SOURCES if (ROOT / name).exists()] if reload else None,
        reload_ignore_worker_failure=reload,
    )
    if reload:
        server.on_reload(_rebuild)
    return server


def _raise_limit() -> None:
    """Each connection is a file to the system, and many a system allows 1,024 until it is asked for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 1000 if hard == resource.RLIM_INFINITY else min(hard, CONNECTIONS + 1000)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _load(server: int, target: str) -> Any:
    """In a worker process: the app, bound to the life of the server that started it; an orphan would keep the port."""
    from granian._internal import load_target

    # Its number comes from the server: one that is dead by now would no longer be our parent.
    die_with(server, signal.SIGKILL)
    return load_target(target, factory=True)


def _rebuild() -> None:
    """Before a reload: pages for the sources as they are now; the old ones while those do not build."""
    try:
        os.environ["REFLEX_WEB_WORKDIR"] = str(built())
    except StartFailed as failed:
        print(failed, file=sys.stderr)
