"""A person's browser: a page of the app, what went wrong in it, and when it showed what."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

from playwright.async_api import BrowserContext, Page, expect

from tests.e2e.running import Running

LIMIT_MS = 20_000
"""Until then whatever is waited for is on the screen; how soon it has to be is for each test to say."""

expect.set_options(timeout=LIMIT_MS)

KNOWN = "header form.account, header a[href$='/sign-in']"
"""In the header once the page knows who looks at it."""

WATCHER = """
window.seen = {};
window.clicked = 0;
window.watchFor = (key, test, limit) => {
  window.seen[key] = new Promise((found) => {
    const look = () => {
      let is = false;
      try { is = test(); } catch {}
      if (is) { observer.disconnect(); clearTimeout(timer); found(Date.now()); }
    };
    const observer = new MutationObserver(look);
    const timer = setTimeout(() => { observer.disconnect(); found(null); }, limit);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    look();
  });
};
// The statuses that a time of the grid has been seen with, from now on.
window.statuses = [];
window.record = (number) => {
  const note = () => {
    const slot = window.slots()[number];
    const now = slot ? slot.className : "(none)";
    if (window.statuses.at(-1) !== now) window.statuses.push(now);
  };
  new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true });
  note();
};
// What the server says waits from `deafen()` on until `hear()`.
const line = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
let unheard = null;
Object.defineProperty(WebSocket.prototype, "onmessage", { ...line, set(hear) {
  line.set.call(this, (said) => {
    if (unheard) unheard.push(() => hear.call(this, said)); else hear.call(this, said);
  });
} });
window.deafen = () => { unheard = []; };
window.hear = () => { const waiting = unheard; unheard = null; for (const each of waiting) each(); };
window.slots = () => [...document.querySelectorAll(".slots .slot")];
addEventListener("click", () => { window.clicked = Date.now(); }, true);
"""


NOTE_THE_END = """
new MutationObserver(() => {
  if (document.querySelector("a.over") && !sessionStorage.getItem("over")) sessionStorage.setItem("over", Date.now());
}).observe(document, { subtree: true, childList: true });
"""


class Screen:
    """One tab. What the console calls an error is kept in `errors`, which the tests want empty at the end."""

    def __init__(self, app: Running, page: Page, *, port: int | None = None) -> None:
        self.app, self.page = app, page
        self.base = f"http://127.0.0.1:{port or app.port}"
        self.errors: list[str] = []
        self.frames: list[str] = []
        self._keys = count()
        page.set_default_timeout(LIMIT_MS)
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("websocket", lambda socket: socket.on("framereceived", self._received))

    @classmethod
    async def opened(cls, app: Running, context: BrowserContext, *, port: int | None = None) -> "Screen":
        await context.add_init_script(WATCHER)
        return cls(app, await context.new_page(), port=port)

    def _received(self, payload: str | bytes) -> None:
        self.frames.append(payload if isinstance(payload, str) else payload.decode(errors="replace"))

    async def goto(self, path: str) -> "Screen":
        """Open a page, and wait until it knows who looks at it."""
        await self.page.goto(self.base + path)
        await self.page.wait_for_selector(KNOWN, state="attached", timeout=LIMIT_MS)
        return self

    async def reload(self) -> None:
        await self.page.reload()
        await self.page.wait_for_selector(KNOWN, state="attached", timeout=LIMIT_MS)

    async def doctor(self, path: str) -> "Screen":
        """Open a doctor's page, and wait for its times."""
        await self.goto(path)
        await self.page.wait_for_selector(".slots .slot", timeout=LIMIT_MS)
        return self

    async def worker(self) -> str | None:
        """The server process that this tab is connected to."""
        return self.app.worker_of(await self.page.evaluate("sessionStorage.getItem('token')"))

    async def move_to_another_worker(self, than: "Screen") -> None:
        """Load the page until the system happens to connect it to another server process than that screen's."""
        other = await than.worker()
        for _ in range(40):
            if (await self.worker()) not in (None, other):
                return
            await self.reload()
        raise AssertionError("every one of 40 connections came to the same server process")

    async def watch(self, test: str, *, limit_ms: int = LIMIT_MS) -> Callable[[], Awaitable[float]]:
        """From now on look for a JavaScript condition at every change of the page; what comes back gives the moment.

        The moment is in milliseconds of the system's clock, which every tab and this process share.
        """
        key = f"seen-{next(self._keys)}"
        await self.page.evaluate(f"window.watchFor({json.dumps(key)}, () => ({test}), {limit_ms})")

        async def moment() -> float:
            found = await self.page.evaluate("key => window.seen[key]", key)
            assert found is not None, f"not seen within {limit_ms} ms on {self.page.url}: {test}"
            return float(found)

        return moment

    async def sees(self, test: str, *, limit_ms: int = LIMIT_MS) -> float:
        """Wait for a JavaScript condition; the moment at which it came true."""
        return await (await self.watch(test, limit_ms=limit_ms))()

    @asynccontextmanager
    async def deaf(self) -> AsyncIterator[None]:
        """What the server says meanwhile comes at the end: somebody may be faster, and this page does not know it."""
        await self.page.evaluate("window.deafen()")
        yield
        await self.page.evaluate("window.hear()")

    async def tab_to(self, condition: str, *, most: int = 150) -> None:
        """Press Tab until that is true of what has the focus."""
        for _ in range(most):
            await self.page.keyboard.press("Tab")
            if await self.page.evaluate(condition):
                return
        raise AssertionError(f"not reached with {most} steps of the Tab key: {condition}")

    async def clicked(self) -> float:
        """The moment of the last click in this tab."""
        return float(await self.page.evaluate("window.clicked"))

    async def note_the_end(self) -> None:
        """From now on note when this tab is told that its session is over; it is loaded anew right after."""
        await self.page.evaluate(NOTE_THE_END)

    async def told_of_the_end(self) -> float:
        """That moment, in milliseconds of the system's clock."""
        return float(await self.page.evaluate("sessionStorage.getItem('over')"))

    async def open_slot(self, *, beyond: int = -1) -> int:
        """The number, in the grid, of the first open time after `beyond`."""
        number = await self.page.evaluate(
            "beyond => window.slots().findIndex((slot, n) => n > beyond && slot.classList.contains('open'))", beyond
        )
        assert number >= 0, "no open time on this day"
        return int(number)

    async def click_slot(self, number: int) -> None:
        await self.page.locator(".slots .slot").nth(number).click()

    async def hold(self, number: int) -> None:
        """Take a time and wait for the sheet that says so."""
        await self.click_slot(number)
        await expect(self.page.locator(".hold-sheet")).to_be_visible(timeout=LIMIT_MS)

    async def let_go(self) -> None:
        """Give a hold back, where there is one."""
        button = self.page.get_by_role("button", name="Let it go")
        if await button.count():
            await button.first.click()
            await expect(self.page.locator(".hold-sheet")).to_have_count(0, timeout=LIMIT_MS)


def slot_is(number: int, status: str) -> str:
    """The condition for `watch` that a time of the grid has that status."""
    return f"window.slots()[{number}].classList.contains({json.dumps(status)})"


def milliseconds() -> float:
    """The system's clock, as pages read it with `Date.now()`."""
    return time.time() * 1000
