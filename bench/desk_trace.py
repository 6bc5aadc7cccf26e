"""What the browser's own trace says of a page: what its main thread was busy with, and which frames came."""

import json
from bisect import bisect_right
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from playwright.async_api import Browser, Page

CATEGORIES = [
    "disabled-by-default-devtools.timeline",
    "disabled-by-default-devtools.timeline.frame",
    "blink.user_timing",
    "cc",
    "benchmark",
]
"""The tasks of each thread, the frames with what became of them, and our own marks."""


@dataclass
class Trace:
    """Of one page, once it is over. Milliseconds; what a task used is processor time, not how long it took."""

    events: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def tasks(self) -> list[tuple[float, float]]:
        """The main thread's, each when it began and what it used."""
        named = [e for e in self.events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"]
        main = {(e["pid"], e["tid"]) for e in named}
        tasks = [e for e in self.events if e["name"] == "RunTask" and (e["pid"], e["tid"]) in main]
        return sorted((e["ts"] / 1000, e.get("tdur", 0) / 1000) for e in tasks)

    def marks(self, name: str) -> list[float]:
        """When the page made each of its own marks of that name."""
        return sorted(e["ts"] / 1000 for e in self.events if e["name"] == name and "user_timing" in e["cat"])

    def used_between(self, moments: list[float]) -> list[float]:
        """What the main thread used from each of the moments to the next."""
        begins = [at for at, _ in self.tasks]
        return [
            sum(used for _, used in self.tasks[bisect_right(begins, since) : bisect_right(begins, until)])
            for since, until in pairwise(moments)
        ]

    def frames(self) -> tuple[list[float], int, int]:
        """What the main thread used from each of the frames that it made to the next; how many came, how many did not.

        One that was to change nothing is not counted; one that came in two parts is one.
        """
        begun = sorted(e["ts"] / 1000 for e in self.events if e["name"] == "BeginMainThreadFrame" and e["ph"] != "E")
        reports = [e["args"]["frame_reporter"] for e in self.events if "frame_reporter" in e.get("args", {})]
        came, dropped = (
            {
                (each["layer_tree_host_id"], each["frame_sequence"])
                for each in reports
                if each["state"].startswith(state)
            }
            for state in ("STATE_PRESENTED", "STATE_DROPPED")
        )
        return self.used_between(begun), len(came), len(dropped - came)


@asynccontextmanager
async def traced(browser: Browser, page: Page) -> AsyncIterator[Trace]:
    """Trace what is done meanwhile; the trace is filled in at the end."""
    trace = Trace()
    await browser.start_tracing(page=page, categories=CATEGORIES)
    yield trace
    trace.events = json.loads(await browser.stop_tracing())["traceEvents"]
