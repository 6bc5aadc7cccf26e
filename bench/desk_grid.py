"""A thousand appointments on the desk's grid: the first view, what a pushed change and a frame cost, and its memory."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from playwright.async_api import Browser, CDPSession, Page

from bench.desk_frames import Frames, dragged, scrolled
from bench.desk_ground import DOCTORS, desks, fill
from bench.desk_trace import traced
from bench.ground import FRONT_DESK, percentile, run
from bench.served import Served, served
from core import clock
from models.doctor import Mode
from services import appointments, desk
from services.desk import Part
from services.desk_columns import Column
from services.placing import Wish

COLUMNS, CHANGES, OPENINGS = 25, 1000, 5
SETTLES = 0.15
"""Seconds that a change may take until it is shown and painted."""

FRAME = 1000 / 60
"""Milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What came of it: milliseconds, bytes of a push, megabytes and nodes before and after all changes."""

    placed: int
    firsts: list[float]
    pushed: list[float]
    costs: list[float]
    heap: tuple[float, float]
    nodes: tuple[float, float]
    scroll: Frames
    drag: Frames


def desk_grid() -> bool:
    """Print the figures; whether the targets are met."""
    with served(doctors=DOCTORS) as app:
        return _said(app, CHANGES)


def few() -> bool:
    """Forty changes, as CI runs it: whether all of them come."""
    with served(doctors=DOCTORS) as app:
        return _said(app, 40)


def _said(app: Served, changes: int) -> bool:
    seen = run(lambda: _measured(app, changes))
    assert isinstance(seen, Seen)
    first, size, cost = (percentile(each, 0.5) for each in (seen.firsts, seen.pushed, seen.costs))
    late = percentile(seen.costs, 0.95)
    print(
        f"desk-grid: {seen.placed} appointments, {COLUMNS} doctors, 12 hours: first view {first:.0f} ms, the best of"
        f" {OPENINGS} {min(seen.firsts):.0f} ms (target: <= 1,000 ms); a pushed change is {size:.0f} bytes and"
        f" costs the page {cost:.1f} ms of its main thread, p95 {late:.1f} ms (target: <= 16 ms);"
        f" after {changes} changes its memory went from {seen.heap[0]:.1f} to {seen.heap[1]:.1f} MB,"
        f" its nodes from {seen.nodes[0]:.0f} to {seen.nodes[1]:.0f}; load {os.getloadavg()[0]:.1f}"
    )
    print(f"  of the main thread a frame (target: p95 <= {FRAME:.1f} ms): scrolled, {seen.scroll}")
    print(f"  dragged, {seen.drag}")
    is_smooth = max(seen.scroll.p95, seen.drag.p95) <= FRAME
    return first <= 1000 and late <= 16 and seen.heap[1] <= 1.1 * seen.heap[0] and is_smooth


async def _measured(app: Served, changes: int) -> Seen:
    day, placed = await fill(each=20, length=timedelta(minutes=10), every=timedelta(minutes=10))
    async with desks(app, day, OPENINGS, placed) as (browser, pages):
        firsts = [float(await page.evaluate("window.whole")) for page in pages]
        page = pages[-1]
        for other in pages[:-1]:
            await other.context.close()
        # Until their faces are gone too: who leaves is another change.
        await page.locator(".presence li").first.wait_for(state="detached")
        sizes: list[float] = []
        session = await page.context.new_cdp_session(page)
        await session.send("Network.enable")
        session.on("Network.webSocketFrameReceived", lambda frame: sizes.append(len(frame["response"]["payloadData"])))
        columns = (await desk.desk(Part(1, day), clock.now())).columns
        assert len(columns) == COLUMNS
        book = Changes(columns)
        costs = await _costs(browser, page, book, min(changes, 60))
        # What the browser keeps of a script that has run for a while is not the page's.
        before = await _memory(session)
        for _ in range(changes - min(changes, 60)):
            await book.change()
            await asyncio.sleep(0.06)
        await asyncio.sleep(1)
        after = await _memory(session)
        scroll, drag = await scrolled(browser, page), await dragged(browser, page)
    return Seen(
        placed=placed,
        firsts=firsts,
        pushed=[size for size in sizes if size > 500],
        costs=costs,
        heap=(before["JSHeapUsedSize"] / 1e6, after["JSHeapUsedSize"] / 1e6),
        nodes=(before["Nodes"], after["Nodes"]),
        scroll=scroll,
        drag=drag,
    )


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
    async with traced(browser, page) as trace:
        for number in range(2 * count):
            await page.evaluate("performance.mark('change')")
            # Every second time nothing happens: what the page uses then is not the change's.
            if number % 2:
                await book.change()
            await asyncio.sleep(SETTLES)
        await page.evaluate("performance.mark('change')")
    used = trace.used_between(trace.marks("change"))
    resting = percentile(used[0::2], 0.5)
    return [max(0.0, each - resting) for each in used[1::2]]


async def _memory(session: CDPSession) -> dict[str, float]:
    await session.send("HeapProfiler.enable")
    await session.send("HeapProfiler.collectGarbage")
    await session.send("Performance.enable")
    return {each["name"]: each["value"] for each in (await session.send("Performance.getMetrics"))["metrics"]}
