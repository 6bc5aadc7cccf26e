"""How much of the API this process has in hand, and whether it can take more: better refused than answered too late.

Who has waited for longer than he likes hangs up and asks again, and all that was done for him is lost: a process that
takes whatever comes soon works for nobody. Why it is counted so: docs/decisions/0008.
"""

import time
from functools import partial

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limited import WATCHED
from api.problems import Overloaded, problem
from core import metrics

ALWAYS = 100
"""Requests in hand that are never too many, however slow they are: a crowd that comes at once is let in."""

CROWDED = 16
"""With more in hand some may have waited for longer than they liked."""

FULL = 8
"""From here on a process has its hands full: as many as it answers then in a second, it can."""

SECOND = 1.0
"""How long it must have its hands full to be measured: whoever is held up for a moment is not slow."""


class Load:
    """How many requests are in hand, and how many a second are answered by who has his hands full.

    More in hand than are answered in a second is a second to wait (Little's law), whatever it is that is slow. Moments
    are seconds of a clock that goes evenly.
    """

    def __init__(self) -> None:
        """Nothing in hand."""
        self.in_hand, self.answered, self.rate = 0, 0, 0.0
        self.since: float | None = None
        """Since when it has had its hands full without a pause, or since it was last measured."""

    @property
    def is_crowded(self) -> bool:
        """Whether some may have waited for longer than they liked."""
        return self.in_hand > CROWDED

    @property
    def is_too_much(self) -> bool:
        """Whether one more would wait for more than about a second, and is not one of a few."""
        return self.in_hand >= max(ALWAYS, self.rate)

    def take(self, now: float) -> None:
        """One more is in hand."""
        self.in_hand += 1
        if self.in_hand >= FULL and self.since is None:
            self.since, self.answered = now, 0

    def give_back(self, now: float) -> None:
        """One is answered."""
        self.in_hand -= 1
        self.answered += 1
        if self.since is None:
            return
        if now - self.since >= SECOND:
            self.rate = self.answered / (now - self.since)
            self.since, self.answered = now, 0
        if self.in_hand < FULL:
            self.since = None


load = Load()
"""This process's."""


class Overload:
    """ASGI: refuses what is sent to the API while there is too much, before anything is read or asked for it."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] != "http" or not scope["path"].startswith(WATCHED):
            await self.app(scope, receive, send)
        elif load.is_too_much:
            metrics.overloaded.inc()
            await problem(Request(scope), Overloaded(retry_after=1))(scope, receive, send)
        else:
            load.take(time.monotonic())
            try:
                await self.app(scope, partial(_received, receive), send)
            finally:
                load.give_back(time.monotonic())


async def _received(receive: Receive) -> Message:
    """What comes next. Whoever sends slowly is no work of ours meanwhile: else a few such would shut all others out."""
    load.in_hand -= 1
    try:
        return await receive()
    finally:
        load.in_hand += 1
