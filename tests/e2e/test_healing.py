"""Whatever is cut off, every screen heals by itself: no reload, no lost choice, and nothing old in between."""

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date

import pytest
from playwright.async_api import expect

from models.doctor import Mode
from tests.e2e import book
from tests.e2e.cable import Cable
from tests.e2e.conftest import DOCTOR, Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen, milliseconds, slot_is

HEALED_WITHIN_MS = 10_000
MISSED_WITHIN_MS = 6_000

pytestmark = [pytest.mark.chaos, pytest.mark.usefixtures("services")]


class Watched:
    """A patient and an onlooker on one day, a third who searches, and a time that is taken while they look."""

    def __init__(self, app: Running, cable: Cable, day: date, *screens: Screen) -> None:
        self.app, self.cable, self.day = app, cable, day
        self.patient, self.onlooker, self.searcher = screens
        self.slots: list[int] = []

    @property
    def looking(self) -> tuple[Screen, Screen]:
        return self.patient, self.onlooker


@pytest.fixture
async def watched(app: Running, open_screen: Open, days: Iterator[date]) -> AsyncIterator[Watched]:
    async with Cable(app.port).laid() as cable:
        yield await _all_look(app, cable, open_screen, days)


async def _all_look(app: Running, cable: Cable, open_screen: Open, days: Iterator[date]) -> Watched:
    day, address = next(days), f"{DOCTOR}?day={next(days)}"
    patient, onlooker, searcher = [
        await open_screen(who, through=cable.port, rough=True) for who in ("patient", None, None)
    ]
    await patient.doctor(address)
    # By clicks, so that only the page and its address know of it.
    await patient.page.locator(".strip .tab", has_text=f"{day.day} {day:%b}").last.click()
    await patient.page.locator(".modes .tab", has_text="By video").click()
    await patient.page.wait_for_url(f"**?day={day}&mode=video")
    await onlooker.doctor(f"{DOCTOR}?day={day}&mode=video")
    await searcher.goto("/")
    await searcher.page.get_by_role("combobox", name="City").select_option("Pune")
    await searcher.page.get_by_role("combobox", name="How").select_option("video")
    await searcher.page.get_by_label("Name, ailment or place").fill("back pain")
    await searcher.page.wait_for_url("**/?*q=back+pain*")
    found = Watched(app, cable, day, patient, onlooker, searcher)
    before = await patient.open_slot()
    await book.stranger_books(day, before, mode=Mode.VIDEO)
    for screen in found.looking:
        await screen.sees(slot_is(before, "booked"))
        await screen.page.evaluate("number => window.record(number)", before)
    found.slots.append(before)
    return found


async def kill_redis(watched: Watched) -> None:
    watched.app.kill("valkey-server")


async def kill_server(watched: Watched) -> None:
    watched.app.kill("cli", "serve")


async def stop_server(watched: Watched) -> None:
    watched.app.processes("cli", "serve")[0].send_signal(signal.SIGTERM)


async def cut_cable(watched: Watched) -> None:
    watched.cable.cut()
    for screen in watched.looking:
        await expect(screen.page.locator(".offline")).to_be_visible()


async def mend_cable(watched: Watched) -> None:
    watched.cable.mend()


async def nothing(_watched: Watched) -> None:
    return None


CUTS = {
    "redis killed": (kill_redis, nothing),
    "server killed": (kill_server, nothing),
    "server stopped": (stop_server, nothing),
    "network lost": (cut_cable, mend_cable),
}


@pytest.mark.parametrize("cut", CUTS)
async def test_a_screen_that_was_cut_off_shows_what_it_missed_and_works_again(
    cut: str, watched: Watched, measured: Callable[[str, float], float]
) -> None:
    break_off, mend = CUTS[cut]
    missed = await watched.patient.open_slot(beyond=watched.slots[0])
    sights = [await screen.watch(slot_is(missed, "booked"), limit_ms=60_000) for screen in watched.looking]
    urls = [screen.page.url for screen in (*watched.looking, watched.searcher)]
    await break_off(watched)
    taken = await book.stranger_books(watched.day, missed, mode=Mode.VIDEO)
    booked_at = milliseconds()
    await mend(watched)
    for name, sight in zip(("patient", "onlooker"), sights, strict=True):
        assert measured(f"{cut}: {name} healed after, ms", await sight() - booked_at) < HEALED_WITHIN_MS
    await book.stranger_cancels(taken)
    for screen in watched.looking:
        await screen.sees(slot_is(missed, "open"))
        await _choices_are_kept(screen, watched.day)
    assert [screen.page.url for screen in (*watched.looking, watched.searcher)] == urls
    await expect(watched.searcher.page.get_by_label("Name, ailment or place")).to_have_value("back pain")
    await expect(watched.searcher.page.get_by_role("combobox", name="City")).to_have_value("Pune")
    await expect(watched.searcher.page.get_by_role("combobox", name="How")).to_have_value("video")
    await watched.patient.hold(missed)
    await watched.onlooker.sees(slot_is(missed, "held"))
    await watched.patient.let_go()
    for screen in watched.looking:
        assert await screen.page.evaluate("window.statuses") == ["slot booked"], "something old was on the screen"


async def _choices_are_kept(screen: Screen, day: date) -> None:
    await expect(screen.page.locator(".strip [aria-pressed=true]")).to_contain_text(f"{day.day} {day:%b}")
    await expect(screen.page.locator(".modes [aria-pressed=true]")).to_have_text("By video")


async def test_a_change_that_nobody_was_told_of_is_found(
    each_app: Running, open_screen: Open, days: Iterator[date], measured: Callable[[str, float], float]
) -> None:
    day = next(days)
    onlooker = await (await open_screen(at=each_app)).doctor(f"{DOCTOR}?day={day}")
    doctor = await (await open_screen("doctor", at=each_app, wide=True)).goto(f"/day?day={day}")
    slot = await onlooker.open_slot()
    sights = [
        await onlooker.watch(slot_is(slot, "booked")),
        await doctor.watch("document.body.textContent.includes('Ravi Stranger')"),
    ]
    at = await book.instant(day, slot)
    identity = book.book_silently(each_app, day, at)
    started = milliseconds()
    for name, sight in zip(("onlooker", "doctor"), sights, strict=True):
        assert measured(f"message lost: {name} healed after, ms", await sight() - started) < MISSED_WITHIN_MS
    await book.stranger_cancels(identity)
