"""The live socket as it is served, shell and all, on a real port of this process; and programs that talk to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from unittest.mock import patch

import socketio
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from api.live import sink as sinks
from api.live.namespace import LiveNamespace
from api.live.notice import told_too_much
from api.live.sink import LiveSink
from api.shell import shell
from core.web_session import SessionHeader
from services.live import Live
from tests.waiting import until

HERE = "http://clinic.test"
NEVER = 24 * 60 * 60


class Program:
    """One that is connected: what it was told is in `heard`, the latest last."""

    def __init__(self, port: int) -> None:
        # Its handler of Ctrl-C would outlive it, and cancel whatever runs when a later test presses that key.
        self.client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        self.url = f"http://127.0.0.1:{port}"
        self.heard: list[tuple[str, Any]] = []
        self.refusal: Any = None
        self.client.on("*", self._hear, namespace="/live")
        self.client.on("connect_error", self._refused, namespace="/live")

    async def connect(self, auth: Any = None, **headers: str) -> "Program":
        try:
            await self.client.connect(
                self.url, headers, auth, ["websocket"], ["/live"], "/_event/", wait_timeout=5, retry=False
            )
        except socketio.exceptions.ConnectionError:
            await self.client.disconnect()
        return self

    async def ask(self, event: str, *given: Any) -> Any:
        """The answer."""
        return await self.client.call(event, given if len(given) != 1 else given[0], namespace="/live", timeout=10)

    def told(self, event: str) -> list[Any]:
        return [payload for name, payload in self.heard if name == event]

    async def hears(self, event: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """The first of that name that fits, now or soon."""
        await until(lambda: any(fits(each) for each in self.told(event)), within=5)
        return next(each for each in self.told(event) if fits(each))

    @property
    def is_connected(self) -> bool:
        return "/live" in self.client.namespaces

    async def _hear(self, event: str, payload: Any = None) -> None:
        self.heard.append((event, payload))

    async def _refused(self, data: Any) -> None:
        self.refusal = data


class House:
    """The socket's server of this test."""

    def __init__(self, sink: LiveSink, live: Live) -> None:
        self.sink, self.live = sink, live
        self.port = 0
        self.programs: list[Program] = []

    async def program(self, auth: Any = None, **headers: str) -> Program:
        """Connected, or refused: then `refusal` says why."""
        program = await Program(self.port).connect(auth, **headers)
        self.programs.append(program)
        return program


@asynccontextmanager
async def opened(live: Live) -> AsyncIterator[House]:
    """Serve until the end of the block, with the pusher at work."""
    # Nobody is asked whether he is still there: who does not read would be hung up on while a test takes its time.
    server = socketio.AsyncServer(
        async_mode="asgi",
        cors_allowed_origins=[],
        transports=["websocket"],
        async_handlers=False,
        ping_interval=NEVER,
    )
    sink = LiveSink(server)
    server.register_namespace(LiveNamespace(sink))
    live.sinks.append(sink)
    rest = Starlette()
    rest.mount("/_event", socketio.ASGIApp(server, socketio_path=""))
    whole = shell(SessionHeader(rest), notice=lambda frame: told_too_much(frame) or "")
    house = House(sink, live)
    pushing = asyncio.create_task(live.run())
    # What the sink has read is told to this test's pusher, not to the process's own.
    with patch.object(sinks, "live", live):
        async with _listening(whole, house):
            try:
                yield house
                assert not pushing.done(), "the pusher died"
            finally:
                for program in house.programs:
                    await program.client.disconnect()
                pushing.cancel()
                await asyncio.gather(pushing, *live.pushing.values(), return_exceptions=True)
                await server.shutdown()


@asynccontextmanager
async def _listening(app: ASGIApp, house: House) -> AsyncIterator[None]:
    ours = {"compression": None, "ping_interval": None}
    async with serve(lambda connection: _served(app, connection), "127.0.0.1", 0, **ours) as listening:
        house.port = listening.sockets[0].getsockname()[1]
        yield


async def _served(app: ASGIApp, connection: ServerConnection) -> None:
    """What granian does: a connection as ASGI has it."""
    assert connection.request is not None
    path, _, query = connection.request.path.partition("?")
    has_begun = False
    fields = connection.request.headers.raw_items()

    async def receive() -> Message:
        nonlocal has_begun
        if not has_begun:
            has_begun = True
            return {"type": "websocket.connect"}
        try:
            said = await connection.recv()
        except ConnectionClosed:
            return {"type": "websocket.disconnect", "code": 1005}
        return {"type": "websocket.receive", "text" if isinstance(said, str) else "bytes": said}

    async def send(message: Message) -> None:
        if message["type"] == "websocket.send":
            await connection.send(message["text"] if message.get("text") is not None else message["bytes"])
        elif message["type"] == "websocket.close":
            await connection.close()

    with suppress(ConnectionClosed):
        await app(
            {
                "type": "websocket",
                "path": path,
                "root_path": "",
                "query_string": query.encode(),
                "client": connection.remote_address,
                "headers": [(name.lower().encode(), value.encode()) for name, value in fields],
                "subprotocols": [],
            },
            receive,
            send,
        )
