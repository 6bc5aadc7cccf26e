"""How fast one may talk on a socket: so much a connection, so much an address; counted here, in the process."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import metrics
from core.log import logger

log = logger(__name__)

LARGEST = 64 * 1024
"""Bytes of one frame; the largest that our pages send is a hundredth of that."""

READ_WITHIN = 30.0
"""Seconds that a frame of ours may wait for a client that does not read, before it is taken for dead."""

FLOOD = 200
"""Frames refused on one connection until it is closed."""

TOLD_EVERY = 5.0
"""Seconds between two notices to the same connection."""

REMEMBERED = 10_000
"""Addresses, until those that have no connection are forgotten."""

GONE, POLICY, TOO_BIG = 1006, 1008, 1009


@dataclass
class Bucket:
    """Lets `rate` a second through, and `burst` at once."""

    rate: float
    burst: float
    left: float = field(init=False)
    at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.left = self.burst

    def take(self) -> bool:
        """Whether one more may pass."""
        now = time.monotonic()
        self.left, self.at = min(self.burst, self.left + (now - self.at) * self.rate), now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Frames:
    """ASGI: drops what comes too fast, tells the page so, and closes on whoever goes on all the same."""

    def __init__(self, app: ASGIApp, notice: Callable[[str], str] | None = None) -> None:
        """Wrap `app`; `notice` makes the frame that tells, of the one that is refused."""
        self.app, self.notice = app, notice
        self.addresses: dict[str, tuple[Bucket, int]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch a socket; the rest passes."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        address = scope["client"][0] if scope.get("client") else ""
        shared, connections = self.addresses.get(address, (Bucket(rate=200, burst=2000), 0))
        self.addresses[address] = shared, connections + 1
        own, refused, told_at = Bucket(rate=20, burst=60), 0, float("-inf")
        is_dead = False

        async def watched() -> Message:
            nonlocal refused, told_at
            while True:
                message = await receive()
                if is_dead:
                    return {"type": "websocket.disconnect", "code": GONE}
                if message["type"] != "websocket.receive":
                    return message
                frame = message.get("text") or message.get("bytes") or ""
                if len(frame) > LARGEST:
                    return await end(TOO_BIG)
                if own.take() and shared.take():
                    return message
                refused += 1
                metrics.limited.labels("socket-frames").inc()
                if refused > FLOOD:
                    log.warning("socket_flooded", address=address)
                    return await end(POLICY)
                if self.notice is not None and isinstance(frame, str) and time.monotonic() > told_at + TOLD_EVERY:
                    told_at = time.monotonic()
                    await timely({"type": "websocket.send", "text": self.notice(frame)})

        async def timely(message: Message) -> None:
            nonlocal is_dead
            if is_dead:
                raise ConnectionError("nobody reads")
            try:
                async with asyncio.timeout(READ_WITHIN):
                    await send(message)
            except TimeoutError:
                # Part of the frame is on its way, and nothing can follow it.
                is_dead = True
                log.warning("socket_not_read", address=address)
                raise ConnectionError("nobody reads") from None

        async def end(code: int) -> Message:
            with suppress(ConnectionError):
                await timely({"type": "websocket.close", "code": code, "reason": ""})
            return {"type": "websocket.disconnect", "code": code}

        try:
            await self.app(scope, watched, timely)
        finally:
            shared, connections = self.addresses[address]
            self.addresses[address] = shared, connections - 1
            if len(self.addresses) > REMEMBERED:
                # Who has just gone is remembered: coming again is no way to talk faster.
                self.addresses = {known: each for known, each in self.addresses.items() if each[1]}
