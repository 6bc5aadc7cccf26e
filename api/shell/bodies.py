"""How much one may send us, and how long one may take over it."""

import asyncio
import time

from starlette.datastructures import Headers as Fields
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import TooLarge, TooSlow, Unclear
from api.shell.answers import answer
from core import spent
from core.errors import DomainError

LARGEST = 1024 * 1024
LARGEST_FORM = 8 * 1024
SEND_WITHIN = 10.0
"""Seconds for the whole of a body, of those in which somebody waits for it: one that is there already is never late."""

SAID: dict[type[DomainError], str] = {
    TooLarge: "That is more than we take.",
    TooSlow: "That took too long to arrive.",
    Unclear: "We cannot tell how long that is.",
}
"""To people."""


def largest(path: str) -> int:
    """Bytes that a body sent to that path may have."""
    return LARGEST_FORM if path.startswith("/auth/") else LARGEST


class Bodies:
    """ASGI: a body that is too long or too slow ends in 413 or 408, whoever was reading it."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse at once what says that it is too long; watch the others while they come."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = largest(scope["path"])
        lengths = Fields(scope=scope).getlist("content-length")
        if len(set(lengths)) > 1 or not all(length.isascii() and length.isdecimal() for length in lengths):
            await _refuse(Unclear, scope, receive, send)
        elif lengths and int(lengths[0][:20]) > most:
            await _refuse(TooLarge, scope, receive, send)
        else:
            await _Watched(most).run(self.app, scope, receive, send)


class _Watched:
    """One body on its way in."""

    def __init__(self, most: int) -> None:
        self.most, self.left = most, SEND_WITHIN
        self.size, self.is_whole, self.has_begun = 0, False, False
        self.refusal: type[DomainError] | None = None

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        async def watched_receive() -> Message:
            return await self._next(receive)

        async def watched_send(message: Message) -> None:
            # Whatever is said to a body that was cut off is not what happened.
            if self.refusal is None or self.has_begun:
                self.has_begun = True
                await send(message)

        try:
            await app(scope, watched_receive, watched_send)
        except Exception:
            if self.refusal is None:
                raise
        if self.refusal is not None and not self.has_begun:
            await _refuse(self.refusal, scope, receive, send)

    async def _next(self, receive: Receive) -> Message:
        if self.refusal is not None:
            return {"type": "http.disconnect"}
        if self.is_whole:
            return await receive()
        began = time.monotonic()
        try:
            with spent.part("body"):
                async with asyncio.timeout(self.left):
                    message = await receive()
        except TimeoutError:
            self.refusal = TooSlow
            return {"type": "http.disconnect"}
        self.left = max(0.0, self.left - (time.monotonic() - began))
        if message["type"] == "http.request":
            self.size += len(message.get("body", b""))
            self.is_whole = not message.get("more_body", False)
            if self.size > self.most:
                self.refusal = TooLarge
                return {"type": "http.disconnect"}
        return message


async def _refuse(refusal: type[DomainError], scope: Scope, receive: Receive, send: Send) -> None:
    # The rest of the body is not waited for.
    headers = {"Connection": "close", "Cache-Control": "no-store"}
    await answer(scope, refusal(), SAID[refusal], headers)(scope, receive, send)
