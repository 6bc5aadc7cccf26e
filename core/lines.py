"""The lines to those who are connected to a namespace: what waits on each, and how one learns that it was read.

Whatever is sent goes into the connection's queue in Engine.IO, which has no bound of its own. Its writer stops where
the client does not read: then the queue stays full, and who pushes must not add to it.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from engineio import async_socket
from engineio.exceptions import QueueEmpty
from engineio.packet import MESSAGE, Packet

FULL = 4
"""Frames that wait until a line is taken for slow; more than one push at a time is put in by different rooms."""


class Line(async_socket.AsyncSocket):  # type: ignore[misc]
    """Engine.IO's, whose writer waits by itself for what comes next; Engine.IO makes a task for each such wait."""

    async def poll(self) -> list[Packet | None]:
        """What waits, at least one; nothing where the line is at its end. Raises QueueEmpty where it was too quiet."""
        try:
            async with asyncio.timeout(self.server.ping_interval + self.server.ping_timeout):
                found = [await self.queue.get()]
        except (TimeoutError, asyncio.CancelledError):
            raise QueueEmpty from None
        while not self.queue.empty() and found[-1] is not None:
            found.append(self.queue.get_nowait())
        for _ in found:
            self.queue.task_done()
        if found[-1] is None and len(found) > 1:
            # The end is for the next time: first goes out what came before it.
            self.queue.put_nowait(None)
        return [packet for packet in found if packet is not None]


def wait_by_themselves() -> None:
    """From now on every connection of Engine.IO in this process is a `Line`."""
    async_socket.AsyncSocket = Line


class Lines:
    """Of one namespace of a Socket.IO server."""

    def __init__(self, server: Any, namespace: str) -> None:
        """Send through `server`."""
        self.server, self.namespace = server, namespace

    def frame(self, event: str, payload: Any) -> Packet:
        """An event as it goes out; made once, however many it is for."""
        encoded = self.server.packet_class(namespace=self.namespace, data=[event, payload]).encode()
        return Packet(MESSAGE, encoded)

    def is_slow(self, sid: str) -> bool:
        """Whether what was sent before still waits to be read."""
        return (line := self._line(sid)) is not None and line.queue.qsize() >= FULL

    async def send(self, sid: str, frames: Iterable[Packet]) -> None:
        """Put them on the line."""
        if (line := self._line(sid)) is not None:
            for frame in frames:
                await line.send(frame)

    async def drained(self, sid: str) -> None:
        """Wait until nothing waits on the line; for ever where nobody reads."""
        if (line := self._line(sid)) is not None:
            await line.queue.join()

    async def hang_up(self, sid: str) -> None:
        """End the connection to the namespace."""
        await self.server.disconnect(sid, namespace=self.namespace)

    def _line(self, sid: str) -> Any:
        engine_sid = self.server.manager.eio_sid_from_sid(sid, self.namespace)
        line = self.server.eio.sockets.get(engine_sid)
        return None if line is None or line.closed else line
