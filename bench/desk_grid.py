"""A thousand appointments on the desk's grid: the first view, what a pushed change costs the page, and its memory."""

import asyncio
import json
import os
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from playwright.async_api import Browser, CDPSession, Page

from bench.desk_ground import DOCTORS, desks, fill
from bench.ground import FRONT_DESK, percentile, run
from bench.served import Served, served
from core import clock
from models.doctor import Mode
from services import appointments, desk
from services.desk import Column, Part
from services.placing import Wish

CHANGES, OPENINGS = 1000, 5
SETTLES = 0.15
"""Seconds that a change may take until it is shown and painted."""

CATEGORIES = ["disabled-by-default-devtools.timeline", "blink.user_timing"]
"""What is traced: the tasks of each thread, and our own marks between the changes."""


def desk_grid() -> bool:
    """Print the figures; whether the targets are met."""
    with served(doctors=DOCTORS) as app:
        return _said(app, CHANGES)


def few() -> bool:
    """Forty changes, as CI runs it: whether all of them come."""
    with served(doctors=DOCTORS) as app:
        return _said(app, 40)


def _said(app: Served, changes: int) -> bool:
    found = run(lambda: _measured(app, changes))
    assert isinstance(found, dict)
    print(
        f"desk-grid: {found['placed']} appointments, 25 doctors: first view {found['first']:.0f} ms, the best of"
        f" {OPENINGS} {found['best']:.0f} ms (target: <= 1,000 ms); a pushed change is {found['bytes']:.0f} bytes and"
        f" costs the page {found['cost']:.1f} ms of its main thread (target: <= 16 ms), p95 {found['p95']:.1f} ms;"
        f" after {changes} changes its memory went from {found['before']:.1f} to {found['after']:.1f} MB, its nodes"
        f" from {found['nodes']:.0f} to {found['later']:.0f}; load {os.getloadavg()[0]:.1f}"
    )
    grows = found["after"] / found["before"]
    return found["first"] <= 1000 and found["cost"] <= 16 and grows <= 1.1


async def _measured(app: Served, changes: int) -> dict[str, float]:
    day, placed = await fill(each=20, length=timedelta(minutes=10), every=timedelta(minutes=10))
    async with desks(app, day, OPENINGS, placed) as (browser, pages):
        firsts = [float(await page.evaluate("window.whole")) for page in pages]
        page = pages[-1]
        for other in pages[:-1]:
            await other.context.close()
        sizes: list[int] = []
        session = await page.context.new_cdp_session(page)
        await session.send("Network.enable")
        session.on("Network.webSocketFrameReceived", lambda frame: sizes.append(len(frame["response"]["payloadData"])))
        book = Changes((await desk.desk(Part(1, day), clock.now())).columns)
        costs = await _costs(browser, page, book, min(changes, 60))
        # What the browser keeps of a script that has run for a while is not the page's.
        before = await _memory(session)
        for _ in range(changes - min(changes, 60)):
            await book.change()
            await asyncio.sleep(0.06)
        await asyncio.sleep(1)
        after = await _memory(session)
    pushed = [size for size in sizes if size > 500]
    return {
        "placed": placed,
        "first": percentile(firsts, 0.5),
        "best": min(firsts),
        "bytes": percentile([float(size) for size in pushed], 0.5),
        "cost": percentile(costs, 0.5),
        "p95": percentile(costs, 0.95),
        "before": before["JSHeapUsedSize"] / 1e6,
        "after": after["JSHeapUsedSize"] / 1e6,
        "nodes": before["Nodes"],
        "later": after["Nodes"],
    }


class Changes:
    """An open time of one doctor after the other is kept for somebody, and let go again."""

    def __init__(self, columns: Sequence[Column]) -> None:
        """Of each column the last time that is open."""
        self.free = [(column.doctor_id, column.open[-1].starts_at) for column in columns if column.open]
        self.held: UUID | None = None
        self.count = 0

    async def change(self) -> None:
        """The next of them."""
        if self.held is not None:
            await appointments.release(self.held, by=FRONT_DESK, now=clock.now())
            self.held = None
            return
        doctor_id, starts_at = self.free[self.count % len(self.free)]
        self.count += 1
        wish = Wish(patient_id=1 + self.count % 900, doctor_id=doctor_id, starts_at=starts_at, mode=Mode.IN_PERSON)
        self.held = (await appointments.hold(wish, by=FRONT_DESK, now=clock.now())).id


async def _costs(browser: Browser, page: Page, book: Changes, count: int) -> list[float]:
    """Milliseconds of processor time that the page's main thread used for each change, by the browser's trace."""
    await browser.start_tracing(page=page, categories=CATEGORIES)
    for number in range(2 * count):
        await page.evaluate("performance.mark('change')")
        # Every second time nothing happens: what the page uses then is not the change's.
        if number % 2:
            await book.change()
        await asyncio.sleep(SETTLES)
    await page.evaluate("performance.mark('change')")
    trace = json.loads(await browser.stop_tracing())["traceEvents"]
    names = {
        (e["pid"], e["tid"]) for e in trace if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    begins = sorted(e["ts"] for e in trace if e["name"] == "change" and (e["pid"], e["tid"]) in names)
    tasks = [
        (e["ts"], e.get("tdur", 0))
        for e in trace
        if e["name"] == "RunTask" and e["ph"] == "X" and (e["pid"], e["tid"]) in names
    ]
    used = [sum(took for at, took in tasks if begin <= at < end) / 1000 for begin, end in pairwise(begins)]
    resting = percentile(used[0::2], 0.5)
    return [max(0.0, each - resting) for each in used[1::2]]


async def _memory(session: CDPSession) -> dict[str, float]:
    await session.send("HeapProfiler.enable")
    await session.send("HeapProfiler.collectGarbage")
    await session.send("Performance.enable")
    return {each["name"]: each["value"] for each in (await session.send("Performance.getMetrics"))["metrics"]}
