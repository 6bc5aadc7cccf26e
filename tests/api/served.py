"""The routes beside the pages as they are served: by granian, shell and all, on a real port of this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from granian.constants import Interfaces
from granian.server.embed import Server

from api.app import app
from api.shell import shell
from tests.e2e.running import free_port
from tests.waiting import until


class Connection:
    """A client that speaks HTTP by hand, and can hang up at any moment."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, method: str, path: str, body: bytes = b"", *, length: int | None = None, **headers: str) -> None:
        """A request, whose body may be said to be longer than what is sent of it."""
        headers = {"Host": "clinic.test", "Content_Type": "application/json"} | headers
        headers["Content_Length"] = str(length or len(body))
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode() + body)

    async def status(self) -> int:
        """Of the answer."""
        return int((await self.reader.readuntil(b"\r\n\r\n")).split()[1])

    def hang_up(self) -> None:
        self.writer.close()


class House:
    """Where it listens, and who has come."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.came: list[Connection] = []

    async def connect(self) -> Connection:
        connection = Connection(*await asyncio.open_connection("127.0.0.1", self.port))
        self.came.append(connection)
        return connection


@asynccontextmanager
async def served() -> AsyncIterator[House]:
    """Serve until the end of the block."""
    house = House(free_port())
    server = Server(shell(app()), port=house.port, interface=Interfaces.ASGI, log_enabled=False)
    serving = asyncio.create_task(server.serve())

    async def answers() -> bool:
        with suppress(OSError):
            connection = await house.connect()
            connection.send("GET", "/health/live")
            return await connection.status() == 200
        return False

    try:
        await until(answers)
        yield house
    finally:
        for connection in house.came:
            connection.hang_up()
        server.stop()
        await serving
