"""A client that keeps to no rule: the frames of Engine.IO and Socket.IO, written by hand."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.e2e.running import Running

EVENT = "42/_event,"


class Wire:
    """One connection to the pages' socket; what came back is in `received`."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.received: list[str] = []
        self.token = ""

    async def event(self, name: str, payload: Any = None, *, path: str = "/", **router_data: Any) -> None:
        """Call a handler, with whatever a browser might say beside it."""
        await self.say(["event", {"name": name, "payload": payload or {}, "router_data": routed(path) | router_data}])

    async def say(self, message: Any) -> None:
        await self.raw(EVENT + json.dumps(message))

    async def raw(self, frame: str | bytes) -> None:
        await self._socket.send(frame)

    async def hears(self, pattern: str, seconds: float = 10.0) -> str:
        """Read until that has come; all that has come so far."""
        async with asyncio.timeout(seconds):
            while not re.search(pattern, "\n".join(self.received)):
                await self._read()
        return "\n".join(self.received)

    async def quiet(self, seconds: float = 0.4) -> str:
        """Read until nothing has come for a while; all that has come so far."""
        try:
            while True:
                await asyncio.wait_for(self._read(), seconds)
        except (TimeoutError, ConnectionClosed):
            return "\n".join(self.received)

    async def _read(self) -> None:
        frame = await self._socket.recv()
        text = frame if isinstance(frame, str) else frame.decode(errors="replace")
        if text == "2":
            await self.raw("3")
        self.received.append(text)


def routed(path: str) -> dict[str, Any]:
    """What a page of that path says about where it is."""
    return {"pathname": path.partition("?")[0], "asPath": path, "query": {}}


@asynccontextmanager
async def wire(
    app: Running, *, cookie: str = "", token: str = "", headers: dict[str, str] | None = None
) -> AsyncIterator[Wire]:
    """Connect as a page does; `cookie` is the session's, if any."""
    token = token or str(uuid4())
    address = f"ws://127.0.0.1:{app.port}/_event/?token={token}&EIO=4&transport=websocket"
    sent = {**({"Cookie": f"aarogya={cookie}"} if cookie else {}), **(headers or {})}
    async with connect(address, additional_headers=sent, origin=app.base, max_size=None) as socket:
        found = Wire(socket)
        found.token = token
        await socket.recv()
        await found.raw("40/_event,")
        await found.hears("40/_event")
        yield found
