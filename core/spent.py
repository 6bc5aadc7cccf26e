"""Where the time of a request or of a page's event goes: collected on the way, and told where it was slow.

At the door stands `with watching("request", method="GET"):`, and wherever one waits `with part("redis"):`.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from core import metrics
from core.log import logger

SLOW = 1.0
"""Seconds from which it is told."""

log = logger(__name__)


class Spent:
    """One request's or event's time so far, by part. Parts of tasks that run beside each other may overlap."""

    __slots__ = ("began", "named", "seconds", "times", "took")

    def __init__(self, named: dict[str, Any]) -> None:
        """Begin now."""
        self.began = time.perf_counter()
        self.took: float | None = None
        self.named = named
        self.seconds: dict[str, float] = {}
        self.times: dict[str, int] = {}

    def answered(self) -> None:
        """What comes from now on is no longer waited for."""
        if self.took is None:
            self.took = time.perf_counter() - self.began


_current: ContextVar[Spent | None] = ContextVar("spent", default=None)


@contextmanager
def watching(kind: str, **named: Any) -> Iterator[Spent]:
    """Collect; at the end there is a line `slow_<kind>` in the log if it took longer than SLOW."""
    spent = Spent(named)
    token = _current.set(spent)
    try:
        yield spent
    finally:
        _current.reset(token)
        spent.answered()
        _tell(kind, spent)


def name(**named: Any) -> None:
    """Say what it is that is watched, once that is known."""
    if (spent := _current.get()) is not None:
        spent.named.update(named)


def add(what: str, seconds: float) -> None:
    """Seconds that a part took, this time."""
    if (spent := _current.get()) is not None:
        spent.seconds[what] = spent.seconds.get(what, 0.0) + seconds
        spent.times[what] = spent.times.get(what, 0) + 1


class part:  # noqa: N801  (reads as the statement that it is)
    """`with part("redis"):` what is waited for in there is that part's."""

    __slots__ = ("began", "what")

    def __init__(self, what: str) -> None:
        """A part of that name."""
        self.what = what

    def __enter__(self) -> None:
        """Begin."""
        self.began = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        add(self.what, time.perf_counter() - self.began)


def _tell(kind: str, spent: Spent) -> None:
    assert spent.took is not None
    if spent.took < SLOW:
        return
    metrics.slow.labels(kind).inc()
    parts = {f"{what}_ms": round(seconds * 1000, 1) for what, seconds in spent.seconds.items()}
    parts["other_ms"] = round(max(0.0, spent.took - sum(spent.seconds.values())) * 1000, 1)
    times = {what: count for what, count in spent.times.items() if count > 1}
    log.warning(f"slow_{kind}", ms=round(spent.took * 1000), **spent.named, parts=parts, times=times)
