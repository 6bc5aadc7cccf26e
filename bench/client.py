"""A client that costs little: HTTP/1.1 on connections that stay open, requests as bytes that were made before."""

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Any

from bench.ground import percentile

Request = tuple[bytes, int]
"""The bytes, and the status that is expected."""


def request(method: str, path: str, key: str, body: Any = None, **headers: str) -> bytes:
    """A request as it goes over the wire."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"X-API-Key: {key}"]
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content


class Connection(asyncio.Protocol):
    """One request after the other."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.answer: asyncio.Future[tuple[int, bytes]] | None = None
        self.read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Write there."""
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Put the pieces together."""
        self.read += data
        if (end := self.read.find(b"\r\n\r\n")) < 0:
            return
        head = self.read[:end].lower()
        at = head.find(b"content-length: ")
        length = int(head[at + 16 :].partition(b"\r\n")[0]) if at >= 0 else 0
        if len(self.read) >= end + 4 + length and self.answer is not None and not self.answer.done():
            body, self.read = self.read[end + 4 : end + 4 + length], b""
            self.answer.set_result((int(head[9:12]), body))

    def connection_lost(self, error: Exception | None) -> None:
        """Whoever waits is told."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error or ConnectionResetError())

    async def ask(self, sent: bytes, patience: float = 30.0) -> tuple[int, bytes]:
        """The status and the body of the answer; whoever has no patience left hangs up."""
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(sent)
        try:
            return await asyncio.wait_for(self.answer, patience)
        except TimeoutError:
            self.transport.close()
            raise


async def connect(port: int) -> Connection:
    """A connection of its own."""
    _, made = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return made


@dataclass
class Tally:
    """How long each request took, in seconds, and what was answered that was not expected."""

    took: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    counts_refusals: bool = True
    """Whether what was answered otherwise took its time too."""

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.took) / self.seconds

    def ms(self, share: float) -> float:
        """The percentile in milliseconds; of none there is no end."""
        return percentile(self.took, share) * 1000 if self.took else inf

    def note(self, began: float, status: int, expected: int, body: bytes) -> None:
        """Count an answer."""
        if status == expected or self.counts_refusals:
            self.took.append(time.perf_counter() - began)
        if status != expected:
            code = json.loads(body).get("code", "") if body[:1] == b"{" else ""
            self.wrong[f"{status} {code}".strip()] += 1


async def closed(port: int, requests: Iterable[Request], *, clients: int = 16) -> Tally:
    """So many clients, each sending its next as soon as it has its answer."""
    tally, waiting = Tally(), iter(requests)
    connections = await asyncio.gather(*(connect(port) for _ in range(clients)))
    start = time.perf_counter()

    async def client(connection: Connection) -> None:
        for sent, expected in waiting:
            began = time.perf_counter()
            status, body = await connection.ask(sent)
            tally.note(began, status, expected, body)

    await asyncio.gather(*(client(connection) for connection in connections))
    tally.seconds = time.perf_counter() - start
    _close(connections)
    return tally


async def paced(
    port: int,
    requests: Iterator[Request],
    *,
    rate: float,
    seconds: float,
    patience: float = 30.0,
    counts_refusals: bool = True,
) -> Tally:
    """Each at its own moment, whether or not those before it were answered; counted from when it was due."""
    tally = Tally(counts_refusals=counts_refusals)
    # In turns, as from many clients: the last that was free, again and again, would be one server process.
    free = deque(await asyncio.gather(*(connect(port) for _ in range(32))))
    every = list(free)
    running: set[asyncio.Task[None]] = set()

    async def one(due: float) -> None:
        sent, expected = next(requests)
        try:
            connection = next((known for known in _taken(free) if not known.transport.is_closing()), None)
            if connection is None:
                every.append(connection := await connect(port))
            status, body = await connection.ask(sent, patience)
        except (OSError, TimeoutError) as error:
            tally.wrong[type(error).__name__] += 1
            return
        free.append(connection)
        tally.note(due, status, expected, body)

    start = time.perf_counter()
    for number in _due(start, rate, seconds):
        if (wait := start + number / rate - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(start + number / rate))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    tally.seconds = time.perf_counter() - start
    _close(every)
    return tally


def _taken(free: deque[Connection]) -> Iterator[Connection]:
    while free:
        yield free.popleft()


def _due(_start: float, rate: float, seconds: float) -> Iterator[int]:
    return iter(range(int(rate * seconds)))


def _close(connections: Iterable[Connection]) -> None:
    for connection in connections:
        connection.transport.close()
