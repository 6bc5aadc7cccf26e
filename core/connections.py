"""Connections to the database: a pool's options, how long statements take, and which that were kept still live."""

import select
import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core import spent
from core.settings import settings

OPTIONS = "-c timezone=UTC -c statement_timeout=15000 -c pg_trgm.word_similarity_threshold=0.55"
"""Of each connection; the last is how much alike words are that a search takes for the same."""

ASKED_AFTER = 30.0
"""Seconds that a connection rested before the database is asked whether it is still there."""


def async_url(url: str) -> URL:
    """`url` with the driver that we use."""
    return make_url(url).set(drivername="postgresql+psycopg")


def pool(**options: Any) -> AsyncEngine:
    """An engine whose connections are tried before they are handed out."""
    made = create_async_engine(
        async_url(settings().database_url or "postgresql://localhost/aarogya"),
        **options,
        max_overflow=0,
        pool_timeout=10,
        # A failed statement's values are people's: they do not go into the log with it.
        hide_parameters=True,
        connect_args={"connect_timeout": 5, "options": OPTIONS},
    )
    event.listen(made.sync_engine, "checkin", _rests)
    event.listen(made.sync_engine, "checkout", _require_alive(made))
    event.listen(made.sync_engine, "before_cursor_execute", _statement_begins)
    event.listen(made.sync_engine, "after_cursor_execute", _statement_ends)
    return made


def _rests(_connection: Any, record: Any) -> None:
    record.info["since"] = time.monotonic()


def _require_alive(engine: AsyncEngine) -> Any:
    """Of a database that restarts the end of each connection arrives, which costs no question to see; a ping does."""

    def alive(connection: Any, record: Any, _handed_out: Any) -> None:
        if (since := record.info.get("since")) is None:
            return
        # Nothing was asked, so what is there to be read is the connection's end, or a notice that nobody misses.
        if connection.driver_connection.closed or _is_readable(connection.driver_connection.fileno()):
            raise DisconnectionError
        if time.monotonic() - since > ASKED_AFTER and not engine.dialect._do_ping_w_event(connection):
            raise DisconnectionError

    return alive


def _is_readable(socket: int) -> bool:
    waiting = select.poll()
    waiting.register(socket, select.POLLIN)
    return bool(waiting.poll(0))


def _statement_begins(_connection: Any, _cursor: Any, _sql: Any, _values: Any, context: Any, _many: Any) -> None:
    context.aarogya_began = time.perf_counter()


def _statement_ends(_connection: Any, _cursor: Any, _sql: Any, _values: Any, context: Any, _many: Any) -> None:
    spent.add("database", time.perf_counter() - context.aarogya_began)
