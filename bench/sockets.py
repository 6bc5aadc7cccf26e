"""A thousand programs on the live socket: from a commit to each of them, all on one doctor's day or on many."""

import asyncio
import base64
import json
import os
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from uuid import uuid4

from bench.booking import bare
from bench.ground import FRONT_DESK, percentile, run, tomorrow
from bench.served import DOCTORS, Served, served
from core import clock, events
from models.doctor import Mode
from services import appointments
from services.placing import Wish
from services.slot_views import slots_view

SOCKETS, DOCTOR, CHANGES, ROUNDS = 1000, 8, 20, 3
AT_ONCE = 25
"""Connections that are opened beside each other."""


class Socket(asyncio.Protocol):
    """A WebSocket and just as much of Engine.IO and Socket.IO as it takes to join a room and to note what comes."""

    def __init__(
        self, port: int, opening: list[str], ready: str, note: Callable[[bytes], None], *, cookie: str = ""
    ) -> None:
        """Say `opening`, one after each answer, until one begins with `ready`; `note` is given what then comes."""
        self.cookie = f"Origin: http://127.0.0.1:{port}\r\nCookie: aarogya={cookie}\r\n" if cookie else ""
        self.port, self.opening, self.ready, self.note = port, list(opening), ready.encode(), note
        self.is_ready = asyncio.get_running_loop().create_future()
        self.read = b""
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket."""
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        key = base64.b64encode(os.urandom(16)).decode()
        token = uuid4()
        self.transport.write(
            f"GET /_event/?EIO=4&transport=websocket&token={token} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"{self.cookie}\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Take what is whole."""
        self.read += data
        if not self.is_open:
            if b"\r\n\r\n" not in self.read:
                return
            head, _, self.read = self.read.partition(b"\r\n\r\n")
            if b" 101 " not in head.splitlines()[0]:
                self.connection_lost(ConnectionError(head.splitlines()[0].decode()))
                return
            self.is_open = True
        while len(self.read) >= 2:
            size, at = self.read[1] & 0x7F, 2
            if size >= 126:
                at = 4 if size == 126 else 10
                size = int.from_bytes(self.read[2:at], "big")
            if len(self.read) < at + size:
                return
            frame, self.read = self.read[at : at + size], self.read[at + size :]
            self._heard(frame)

    def connection_lost(self, error: Exception | None) -> None:
        """Whoever waits is told."""
        if not self.is_ready.done():
            self.is_ready.set_exception(error or ConnectionResetError("closed before it was ready"))

    def say(self, text: str) -> None:
        """Send a frame, with a mask of zeros: the bytes as they are."""
        data = text.encode()
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        self.transport.write(b"\x81" + size + b"\0\0\0\0" + data)

    def _heard(self, frame: bytes) -> None:
        if frame == b"2":
            self.say("3")
        elif self.is_ready.done():
            self.note(frame)
        elif frame.startswith(self.ready):
            self.is_ready.set_result(frame)
        elif self.opening:
            self.say(self.opening.pop(0))


def sockets() -> bool:
    """Print the figures; whether the targets are met."""
    with served() as app:
        used, began = app.seconds(), time.perf_counter()
        met = [_said(app, watching, target) for watching, target in ((SOCKETS, 300), (20, 50))]
        cores = (app.seconds() - used) / (time.perf_counter() - began)
        print(f"live: the app used {cores:.2f} of {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(
            f"live: bare SQL of a booking by pgbench, 16 clients: {bare(app.database_url, patients=1000):.0f} a second"
        )
    return all(met)


def few(many: int = 100) -> bool:
    """A hundred of them, as CI runs it: whether all were told of all."""
    with served(doctors=20) as app:
        return _said(app, many, 300, sockets=many, rounds=1, changes=6)


def _said(
    app: Served, watching: int, target: int, *, sockets: int = SOCKETS, rounds: int = ROUNDS, changes: int = CHANGES
) -> bool:
    found = [run(lambda: _round(app.port, watching, sockets, changes)) for _ in range(rounds)]
    p50, p99 = (statistics.median(percentile(took, share) for took, _, _ in found) * 1000 for share in (0.5, 0.99))
    missed, cost = sum(missed for _, missed, _ in found), statistics.median(cost for _, _, cost in found) * 1000
    print(
        f"live: {watching} of {sockets} sockets on the doctor who changes, commit to client: p50 {p50:.0f} ms,"
        f" p99 {p99:.0f} ms (target: p99 <= {target} ms), {missed} missed; listening itself took {cost:.0f} ms a change"
    )
    return p99 <= target and not missed


async def _round(port: int, watching: int, many: int, changes: int) -> tuple[list[float], int, float]:
    """Seconds from each commit to each who watches, how many were not told, and the listener's own seconds a change."""
    day = tomorrow()
    heard: dict[int, float] = {}
    all_heard = asyncio.Event()

    def note(number: int, frame: bytes) -> None:
        if frame.startswith(b'42/live,["slots-updated"') and number < watching:
            heard.setdefault(number, time.perf_counter())
            if len(heard) == watching:
                all_heard.set()

    def joining(number: int) -> list[str]:
        doctor = DOCTOR if number < watching else 1 + DOCTOR + number % (DOCTORS - DOCTOR)
        asked = json.dumps({"doctorId": doctor, "date": day.isoformat()})
        return ["40/live,", f'42/live,1["join-doctor-room",{asked}]']

    open_now = asyncio.Semaphore(AT_ONCE)

    async def join(number: int) -> Socket:
        async with open_now:
            _, socket = await asyncio.get_running_loop().create_connection(
                lambda: Socket(port, joining(number), "43/live,1", partial(note, number)), "127.0.0.1", port
            )
            async with asyncio.timeout(30):
                answer = await socket.is_ready
            assert b'"error"' not in answer[:40], answer[:300]
            return socket

    joined = await asyncio.gather(*(join(number) for number in range(many)))
    took, missed, cost = [], 0, 0.0
    commits = _noting_commits()
    slot = next(slot for slot in (await slots_view(DOCTOR, day, clock.now())).slots if slot.status == "open")
    wish = Wish(patient_id=1, doctor_id=DOCTOR, starts_at=slot.starts_at, mode=Mode.IN_PERSON)
    await asyncio.sleep(1)
    made = None
    for _ in range(changes):
        heard.clear()
        all_heard.clear()
        used = time.process_time()
        if made is None:
            made = await appointments.book_at(wish, by=FRONT_DESK, now=clock.now())
        else:
            await appointments.cancel(made.id, by=FRONT_DESK, now=clock.now())
            made = None
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                await all_heard.wait()
        cost += time.process_time() - used
        took += [at - commits[-1] for at in heard.values()]
        missed += watching - len(heard)
        await asyncio.sleep(0.3)
    for socket in joined:
        socket.transport.close()
    return took, missed, cost / changes


def _noting_commits() -> list[float]:
    """The moments of this process's commits: publishing is what comes right after."""
    commits: list[float] = []
    publish = events.publish

    async def noting(*args):  # type: ignore[no-untyped-def]
        commits.append(time.perf_counter())
        return await publish(*args)

    events.publish = noting
    return commits
