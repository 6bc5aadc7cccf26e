"""Logs: one JSON object a line on standard error. Ids only: no names, no health text, no secrets."""

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import structlog

from core.settings import settings

SECRET = re.compile(
    r"password|passwd|secret|cookie|authorization|session_id|token|api_key|otp|code_hash|signature"
    r"|^(code|email|phone|name|reason|notes?|body|to)$",
    re.IGNORECASE,
)
"""Fields that are not written whatever they hold. None of ours logs one: this is the net below."""


QUOTED = {"alembic", "granian", "_granian", "asyncio"}
"""Libraries whose words are written, since nobody's words are in them."""


def join_logging() -> None:
    """Hand what our loggers say to the standard library's; the lines are for whoever formats those."""
    structlog.configure(
        processors=PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def configure_logging() -> None:
    """Send structlog and the standard library's loggers through one JSON formatter."""
    join_logging()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, _unquoted, *SHARED],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings().log_level)
    for name in ("engineio.server", "socketio.server"):
        # One that has a level is given no handler of its own, which would print what was raised, and past all this.
        logging.getLogger(name).setLevel(logging.ERROR)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose keyword arguments become fields of the line."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return bound


def _unquoted(_logger: Any, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Where a library said something; not what, for Reflex quotes whole events, and what people typed is in those."""
    record = line["_record"]
    if record.name.partition(".")[0] not in QUOTED:
        line["event"] = f"{record.filename}:{record.lineno} {record.funcName}"
    return line


def _places(_logger: Any, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """What was raised, and where; not what it says, which is often what a person wrote."""
    given = line.pop("exc_info", None)
    found = given if isinstance(given, BaseException) else sys.exc_info()[1] if given is True else None
    if isinstance(given, tuple):
        found = given[1]
    if found is not None:
        line["exception"] = list(_chain(found))
    return line


def _chain(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        kind = type(error)
        yield f"{kind.__module__}.{kind.__qualname__}"
        yield from (
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        )
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _redacted(_logger: Any, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for name in line:
        if name not in ("event", "error") and SECRET.search(name):
            line[name] = "…"
    return line


SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _places,
    _redacted,
]
PROCESSORS = [*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
"""One list, however often logging is configured: a logger keeps the one that it was first used with."""
