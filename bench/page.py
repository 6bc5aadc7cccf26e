"""Events of a page, its state in Redis: two hundred people each look at another day of a doctor every few seconds."""

import asyncio
import json
import os
import random
import statistics
import time
from collections.abc import Callable

from bench.booking import bare
from bench.ground import percentile, run, tomorrow
from bench.served import Served, served
from bench.sockets import Socket

SESSIONS, EVERY, SECONDS, ROUNDS = 200, 4.0, 20.0, 3
DOCTOR = "reflex___state____state.state___doctor____doctor"


class Page:
    """A page in a browser; `cookie` is the session's, `heard` is given each frame that comes."""

    def __init__(self, path: str, *, cookie: str = "", heard: Callable[[bytes], None] | None = None) -> None:
        """Of that path."""
        self.path, self.cookie, self.heard = path, cookie, heard
        self.socket: Socket
        self.wanted = b""
        self.seen = asyncio.Event()

    async def open(self, port: int) -> None:
        """Connect, and load the page as its script does."""
        load = self._event("reflex___state____state.hydrate_and_load", {})
        opening = ["40/_event,", load]
        self.wanted = b'"is_ready_rx_state_":true'
        _, self.socket = await asyncio.get_running_loop().create_connection(
            lambda: Socket(port, opening, '42/_event,["event"', self.note, cookie=self.cookie), "127.0.0.1", port
        )
        async with asyncio.timeout(30):
            self.note(await self.socket.is_ready)
            await self.seen.wait()

    async def choose_day(self, key: str) -> float:
        """The seconds until the page has it."""
        self.seen.clear()
        self.wanted = f'"day_rx_state_":"{key}"'.encode()
        began = time.perf_counter()
        self.socket.say(self._event(f"{DOCTOR}.choose_day", {"key": key}))
        async with asyncio.timeout(10):
            await self.seen.wait()
        return time.perf_counter() - began

    def note(self, frame: bytes) -> None:
        """Look for what is waited for."""
        if self.heard is not None:
            self.heard(frame)
        if self.wanted in frame:
            self.seen.set()

    def _event(self, name: str, payload: dict[str, str]) -> str:
        router = {"pathname": self.path, "asPath": self.path, "query": {}}
        return "42/_event," + json.dumps(["event", {"name": name, "payload": payload, "router_data": router}])


def page() -> bool:
    """Print the figure; whether the target is met."""
    with served() as app:
        used, began = app.seconds(), time.perf_counter()
        rounds = [_round(app, SESSIONS, SECONDS) for _ in range(ROUNDS)]
        cores = (app.seconds() - used) / (time.perf_counter() - began)
        p50, p95, p99 = (
            statistics.median(percentile(took, share) for took in rounds) * 1000 for share in (0.5, 0.95, 0.99)
        )
        print(
            f"page-event: a day is chosen, {SESSIONS} sessions, each every {EVERY:.0f} s: p50 {p50:.0f} ms,"
            f" p95 {p95:.0f} ms, p99 {p99:.0f} ms (target: p95 <= 50 ms);"
            f" the app used {cores:.2f} of {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        )
        rate = bare(app.database_url, patients=1000)
        print(f"page-event: bare SQL of a booking by pgbench, 16 clients: {rate:.0f} a second")
    return p95 <= 50


def few() -> bool:
    """Twenty of them for a moment, as CI runs it: whether all are answered."""
    with served(doctors=20) as app:
        took = _round(app, 20, 8)
    print(f"page-event: {len(took)} events of 20 sessions, p95 {percentile(took, 0.95) * 1000:.0f} ms")
    return True


def _round(app: Served, sessions: int, seconds: float) -> list[float]:
    found = run(lambda: _events(app.port, sessions, seconds))
    assert isinstance(found, list)
    return found


async def _events(port: int, sessions: int, seconds: float) -> list[float]:
    pages = [Page(f"/doctor/bench-{1 + number}") for number in range(sessions)]
    for start in range(0, sessions, 10):
        await asyncio.gather(*(page.open(port) for page in pages[start : start + 10]))
    chance, took = random.Random(7), []
    days = [tomorrow(ahead).isoformat() for ahead in range(1, 6)]

    async def person(page: Page, first: float) -> None:
        await asyncio.sleep(first)
        for number in range(int(seconds / EVERY)):
            due = time.perf_counter() + EVERY
            took.append(await page.choose_day(days[number % len(days)]))
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    await asyncio.gather(*(person(page, chance.random() * EVERY) for page in pages))
    for page in pages:
        page.socket.transport.close()
    return took
