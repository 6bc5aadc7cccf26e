"""Twenty-five columns of twelve hours scrolled and dragged over: what each frame costs the page's main thread.

By the browser's own trace, of a browser without a graphics processor: it paints on the same cores that all else runs
on, so of the frames it is counted how many came, and what the main thread has to do for one is the figure.
"""

import asyncio
import time
from dataclasses import dataclass

from playwright.async_api import Browser, CDPSession, Page

from bench.desk_trace import traced
from bench.ground import percentile

SWIPE, SPEED = 2200, 1400
"""How far is scrolled in one go, in pixels, and how fast, in pixels a second: as one who throws the wheel round."""

CARRIED = 4.0
"""Seconds that an appointment is carried to and fro."""


@dataclass(frozen=True)
class Frames:
    """Milliseconds of the main thread a frame; how many frames came, and how many were due and did not."""

    median: float
    p95: float
    longest: float
    came: int
    dropped: int

    def __str__(self) -> str:
        """As it is printed."""
        return (
            f"median {self.median:.1f} ms, p95 {self.p95:.1f} ms, longest {self.longest:.1f} ms;"
            f" {self.came} frames came, {self.dropped} did not"
        )


async def scrolled(browser: Browser, page: Page) -> Frames:
    """To the last column and back, down to the evening and back, by the wheel."""
    session = await page.context.new_cdp_session(page)
    async with traced(browser, page) as trace:
        for across, down in ((-SWIPE, 0), (SWIPE, 0), (0, -SWIPE), (0, SWIPE)):
            await _scroll(session, across, down)
    return _frames(*trace.frames())


async def dragged(browser: Browser, page: Page) -> Frames:
    """An appointment is lifted and carried over the columns, its open times lit, and put back where it was."""
    element = page.locator(".desk-grid .placed.movable").nth(5)
    box = await element.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 20, box["y"] + 6)
    async with traced(browser, page) as trace:
        await page.mouse.down()
        began = time.monotonic()
        while (since := time.monotonic() - began) < CARRIED:
            # To the right edge and back, up and down meanwhile.
            across, down = abs(since / CARRIED * 2 % 2 - 1), abs(since * 1.5 % 2 - 1)
            await page.mouse.move(box["x"] + 20 + 1500 * (1 - across), box["y"] + 6 + 400 * (1 - down))
            await asyncio.sleep(1 / 120)
        await page.keyboard.press("Escape")
        await page.mouse.up()
    return _frames(*trace.frames())


async def _scroll(session: CDPSession, across: int, down: int) -> None:
    gesture = {"x": 960, "y": 640, "xDistance": across, "yDistance": down, "speed": SPEED, "gestureSourceType": "mouse"}
    await session.send("Input.synthesizeScrollGesture", gesture)


def _frames(used: list[float], came: int, dropped: int) -> Frames:
    return Frames(percentile(used, 0.5), percentile(used, 0.95), max(used), came, dropped)
