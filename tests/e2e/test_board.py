"""The waiting room's screen: whoever is called stands on it, it heals by itself, says how old it is, and never grows.

`AAROGYA_BOARD_UPDATES=10000` makes the long run of it.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from playwright.async_api import expect

from core import clock
from services import queue
from tests.e2e.cable import Cable
from tests.e2e.conftest import Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen, milliseconds
from tests.e2e.waiting import ADMIN, Room

SHOWN_WITHIN_MS = 1000
HEALED_WITHIN_MS = 10_000
UPDATES = int(os.environ.get("AAROGYA_BOARD_UPDATES", "100"))
GROWS_BY = 0.10

CALLS = """
window.spoken = [];
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => [], cancel: () => {},
  speak: (said) => { window.spoken.push([said.lang, said.text]);
    document.documentElement.dataset.spoken = window.spoken.length; setTimeout(() => said.onend?.(), 1); },
} });
"""

pytestmark = pytest.mark.usefixtures("services")


async def opened(screen: Screen, waiting: Room, *, prefix: str = "", query: str = "") -> Screen:
    await screen.page.goto(f"{screen.base}{prefix}/board/{waiting.slug}{query}")
    await expect(screen.page.locator("h1")).to_have_text("Waiting Clinic")
    await expect(screen.page.locator(".desk h2")).to_have_text(waiting.doctor)
    return screen


def inside(token: str) -> str:
    return f"document.querySelector('.desk .now strong').innerText === '{token}'"


def coming(*tokens: str) -> str:
    return f"[...document.querySelectorAll('.coming li')].map(e => e.innerText).join() === '{','.join(tokens)}'"


async def test_each_change_is_on_the_board_within_a_second(
    each_app: Running, waiting: Room, open_screen: Open, measured: Callable[[str, float], float]
) -> None:
    screen = await opened(await open_screen(at=each_app, wide=True), waiting)
    late = queue.run_late(waiting.doctor_id, timedelta(minutes=25), by=ADMIN, now=clock.now())
    for name, change, sight in (
        ("one is here", waiting.check_in(2), coming("2")),
        ("an earlier one is here", waiting.check_in(1), coming("1", "2")),
        ("one goes in", waiting.start(1), inside("1")),
        ("the day runs late", late, "document.querySelector('.desk .late').innerText.includes('25 min')"),
        ("he comes out", waiting.complete(1), inside("–")),
        ("the next goes in", waiting.start(2), inside("2")),
    ):
        seen = await screen.watch(sight)
        began = milliseconds()
        await change
        assert measured(f"board: {name}, ms", max(0, await seen() - began)) < SHOWN_WITHIN_MS
    assert "Secret Person" not in await screen.page.content() + "".join(screen.frames)


async def test_it_calls_out_in_the_languages_of_its_address_once_somebody_has_clicked(
    waiting: Room, open_screen: Open
) -> None:
    screen = await open_screen(wide=True)
    await screen.page.context.add_init_script(CALLS)
    await opened(screen, waiting, query="?speak=hi,en")
    await waiting.check_in(1)
    await waiting.start(1)
    await screen.sees(inside("1"))
    await screen.page.get_by_role("button", name="Call out aloud").click()
    await waiting.complete(1)
    await waiting.check_in(2)
    await waiting.start(2)
    await screen.sees("window.spoken.length >= 2")
    spoken = await screen.page.evaluate("window.spoken")
    # Before the click nobody was called.
    assert [language for language, _ in spoken] == ["hi-IN", "en-IN"]
    assert "टोकन 2" in spoken[0][1]
    assert spoken[1][1].startswith("Token 2. Please go to Vaidya Test Number")
    # One that has loaded itself anew goes on calling.
    await screen.page.evaluate("location.reload()")
    await expect(screen.page.get_by_role("button", name="Call out aloud")).to_have_attribute("aria-pressed", "true")


@pytest.fixture
async def cable(app: Running) -> AsyncIterator[Cable]:
    async with Cable(app.port).laid() as laid:
        yield laid


async def test_cut_off_it_says_how_old_it_is_and_catches_up_by_itself(
    cable: Cable, waiting: Room, open_screen: Open, measured: Callable[[str, float], float]
) -> None:
    screen = await opened(await open_screen(through=cable.port, wide=True, rough=True), waiting)
    await expect(screen.page.locator(".age")).to_be_empty()
    cable.cut()
    await expect(screen.page.locator(".age")).to_contain_text("Connecting again")
    await expect(screen.page.locator(".age")).to_contain_text("As of")
    await waiting.check_in(1)
    await waiting.start(1)
    seen = await screen.watch(inside("1"), limit_ms=60_000)
    cable.mend()
    began = milliseconds()
    assert measured("board, network lost: healed after, ms", await seen() - began) < HEALED_WITHIN_MS
    await expect(screen.page.locator(".age")).to_be_empty()


@pytest.mark.chaos
async def test_a_killed_worker_and_a_killed_redis_leave_it_true(
    app: Running, waiting: Room, open_screen: Open, measured: Callable[[str, float], float]
) -> None:
    screen = await opened(await open_screen(wide=True, rough=True), waiting)
    for name, words, change, sight in (
        ("worker killed", ("cli", "serve"), waiting.check_in(1), coming("1")),
        ("redis killed", ("valkey-server",), waiting.start(1), inside("1")),
    ):
        seen = await screen.watch(sight, limit_ms=60_000)
        app.kill(*words)
        began = milliseconds()
        await change
        assert measured(f"board, {name}: healed after, ms", await seen() - began) < HEALED_WITHIN_MS


async def test_a_clinic_that_is_none_says_so(open_screen: Open) -> None:
    screen = await open_screen()
    await screen.page.goto(screen.base + "/board/nowhere")
    await expect(screen.page.locator("h1")).to_have_text("We do not know this clinic.")


async def test_the_hindi_board_speaks_hindi_and_fits_a_phone(waiting: Room, open_screen: Open) -> None:
    screen = await opened(await open_screen(), waiting, prefix="/hi")
    await expect(screen.page.get_by_role("button", name="आवाज़ से पुकारें")).to_be_visible()
    assert await screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.timeout(120 + UPDATES)
async def test_it_does_not_grow_however_long_it_hangs_there(
    waiting: Room, open_screen: Open, measured: Callable[[str, float], float], app: Running
) -> None:
    screen = await open_screen(wide=True)
    await screen.page.context.add_init_script(CALLS.replace("window.spoken.push([said.lang, said.text]);", ""))
    await opened(screen, waiting)
    await screen.page.get_by_role("button", name="Call out aloud").click()
    tools = await screen.page.context.new_cdp_session(screen.page)
    await waiting.check_in(1)

    async def update(number: int) -> None:
        """What the board shows changes: another delay, and each time another one is inside."""
        token = 1 + number % 2
        app.rows(
            "UPDATE appointments SET status = CASE WHEN token = %s THEN 'in_consultation' ELSE 'checked_in' END,"
            " checked_in_at = now(), started_at = now() WHERE doctor_id = %s AND token <= 2",
            token,
            waiting.doctor_id,
        )
        await queue.run_late(waiting.doctor_id, timedelta(minutes=1 + number % 59), by=ADMIN, now=clock.now())
        late = f"document.querySelector('.desk .late').innerText.includes(' {1 + number % 59} min')"
        await screen.sees(f"{late} && {inside(str(token))}")

    async def heap() -> tuple[float, int]:
        for _ in range(3):
            await tools.send("HeapProfiler.collectGarbage")
            await asyncio.sleep(0.05)
        nodes = await screen.page.evaluate("document.querySelectorAll('*').length")
        return (await tools.send("Runtime.getHeapUsage"))["usedSize"], nodes

    warm = UPDATES // 10
    for number in range(warm):
        await update(number)
    before, nodes = await heap()
    for number in range(warm, UPDATES):
        await update(number)
        # What the test itself keeps is not the board's.
        screen.frames.clear()
        await screen.page.evaluate("window.seen = {}")
    after, nodes_after = await heap()
    measured(f"board: heap after {warm} updates, kB", before / 1000)
    measured(f"board: heap after {UPDATES} updates, kB", after / 1000)
    assert after < before * (1 + GROWS_BY)
    assert nodes_after <= nodes + 5
