"""WCAG 2 A and AA by axe-core, on every page as it stands in the middle of its use; and the keyboard alone."""

import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.async_api import expect

from tests.e2e.conftest import DOCTOR, Open
from tests.e2e.screen import Screen
from tests.e2e.waiting import room

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


async def _search(screen: Screen, _day: date) -> None:
    await screen.goto("/?city=Pune")
    await screen.page.wait_for_selector(".card h2")


async def _hold(screen: Screen, day: date) -> None:
    await screen.doctor(f"{DOCTOR}?day={day}")
    await screen.hold(await screen.open_slot())


async def _ticket(screen: Screen, _day: date) -> None:
    await screen.goto("/appointments")
    await screen.page.locator(".line", has=screen.page.locator(".status.booked")).first.click()
    await screen.page.get_by_role("button", name="Cancel the appointment").click()
    await expect(screen.page.get_by_role("button", name="No, keep it")).to_be_focused()


async def _appointments(screen: Screen, _day: date) -> None:
    await screen.goto("/appointments")
    await screen.page.wait_for_selector(".line")


async def _sign_in(screen: Screen, _day: date) -> None:
    await screen.goto("/sign-in?error=wrong_credentials")


async def _register(screen: Screen, _day: date) -> None:
    await screen.goto("/register?error=weak_password")


async def _account(screen: Screen, _day: date) -> None:
    await screen.goto("/account")
    await screen.page.wait_for_selector(".rows li")
    await screen.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")


async def _board(screen: Screen, _day: date) -> None:
    await screen.goto("/day")
    await screen.page.wait_for_selector(".counts")


async def _week(screen: Screen, _day: date) -> None:
    await screen.goto("/week")
    await screen.page.wait_for_selector(".taken:visible, .days button:visible")
    await screen.page.get_by_role("button", name="Hours", exact=True).click()
    await screen.page.wait_for_selector(".made summary")


async def _desk(screen: Screen, day: date) -> None:
    await screen.goto(f"/desk?day={day}")
    await screen.page.locator(".placed.movable").first.click()
    await expect(screen.page.locator(".about-one")).to_be_visible()


async def _visit(screen: Screen, _day: date) -> None:
    await screen.goto(room(screen.app).link(1))
    await screen.page.get_by_label("Code of the day").fill("12")
    await expect(screen.page.locator(".my-token")).to_be_visible()


async def _turn(screen: Screen, _day: date) -> None:
    there = room(screen.app)
    screen.app.rows(
        "UPDATE appointments SET status = 'in_consultation', started_at = now() WHERE id = %s", there.appointments[0]
    )
    await screen.goto(there.link(1))
    await expect(screen.page.locator(".turn-now")).to_be_visible()


async def _wall(screen: Screen, _day: date) -> None:
    there = room(screen.app)
    screen.app.rows(
        "UPDATE appointments SET status = CASE token WHEN 1 THEN 'in_consultation' ELSE 'checked_in' END,"
        " checked_in_at = now() WHERE doctor_id = %s",
        there.doctor_id,
    )
    await screen.page.goto(f"{screen.base}/board/{there.slug}")
    await expect(screen.page.locator(".desk .now strong")).to_have_text("1")


async def _patients(screen: Screen, _day: date) -> None:
    await screen.goto("/patients?patient=1")
    await expect(screen.page.locator("patient-card h2")).to_have_text("Asha Kulkarni")
    await screen.page.get_by_role("combobox", name="Find a patient").fill("kul")
    await screen.page.wait_for_selector("find-patient:not(.waits) [role=option]")


async def _queue_rule(screen: Screen, _day: date) -> None:
    await screen.goto("/queue-rule")
    await expect(screen.page.locator("blockquote")).to_contain_text("mergenc")


async def _cash(screen: Screen, _day: date) -> None:
    await screen.goto("/cash")
    await expect(screen.page.get_by_role("heading", name="Cash sheet")).to_be_visible()


async def _staff(screen: Screen, _day: date) -> None:
    await screen.goto("/staff")
    await screen.page.locator(".entry").get_by_role("button", name="Deactivate").first.click()
    await expect(screen.page.get_by_role("button", name="Yes, deactivate")).to_be_visible()


async def _chart(screen: Screen, _day: date) -> None:
    await screen.page.goto(screen.base + "/patient/1")
    await expect(screen.page.get_by_role("heading", name="Kulkarni")).to_be_visible()


async def _book(screen: Screen, _day: date) -> None:
    await screen.goto("/book")
    await screen.page.wait_for_selector(".desk-book .time")


async def _rearrange(screen: Screen, day: date) -> None:
    await screen.goto(f"/rearrange?doctor=1&day={day}&kind=some")
    await screen.page.get_by_role("button", name="Show whom it meets").click()
    await screen.page.locator(".met .tick input").first.check()


SIGHTS: dict[str, tuple[str | None, Callable[[Screen, date], Awaitable[None]]]] = {
    "search": (None, _search),
    "doctor with a hold": ("patient", _hold),
    "ticket": ("patient", _ticket),
    "appointments": ("patient", _appointments),
    "sign-in": (None, _sign_in),
    "register": (None, _register),
    "account": ("patient", _account),
    "day": ("reception", _board),
    "week": ("doctor", _week),
    "desk": ("reception", _desk),
    "booking at the desk": ("reception", _book),
    "many at once": ("reception", _rearrange),
    "visit by link": (None, _visit),
    "my turn": (None, _turn),
    "waiting room": (None, _wall),
    "patients": ("admin", _patients),
    "queue rule": ("admin", _queue_rule),
    "cash sheet": ("reception", _cash),
    "staff": ("admin", _staff),
    "chart": ("patient", _chart),
}


@pytest.mark.parametrize("look", ["light phone", "dark phone", "light desk", "dark desk"])
@pytest.mark.parametrize("sight", SIGHTS)
async def test_axe_finds_nothing(sight: str, look: str, open_screen: Open, days: Iterator[date]) -> None:
    who, show = SIGHTS[sight]
    screen = await open_screen(who, wide="desk" in look, dark="dark" in look)
    await show(screen, next(days))
    # Colours in the middle of a transition are nobody's choice.
    await screen.page.evaluate("Promise.allSettled(document.getAnimations().map(a => a.finished))")
    await screen.page.evaluate(AXE)
    found = await screen.page.evaluate("rules => axe.run(document, rules)", RULES)
    said = "\n".join(_told(violation) for violation in found["violations"])
    assert not said, said


def _told(violation: dict[str, Any]) -> str:
    nodes = [
        f"{node['html'][:160]} ({node['any'][0]['message'] if node['any'] else ''})" for node in violation["nodes"]
    ]
    return f"{violation['id']}: {violation['help']}:\n  " + "\n  ".join(nodes[:5])


async def test_the_keyboard_alone_holds_a_time_and_lets_it_go(open_screen: Open, days: Iterator[date]) -> None:
    screen = await (await open_screen("patient", wide=True)).doctor(f"{DOCTOR}?day={next(days)}")
    await screen.tab_to("document.activeElement.matches('.slot.open')")
    outline = await screen.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator(".hold-sheet")).to_be_visible()
    await screen.tab_to("document.activeElement.matches('.hold-sheet .quiet')")
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator(".hold-sheet")).to_have_count(0)


async def test_the_keyboard_is_never_trapped(open_screen: Open, days: Iterator[date]) -> None:
    for who, path in (
        (None, "/"),
        ("patient", f"{DOCTOR}?day={next(days)}"),
        (None, "/sign-in"),
        ("reception", "/day"),
        ("doctor", "/week"),
        ("reception", "/desk"),
    ):
        screen = await (await open_screen(who)).goto(path)
        await screen.tab_to("document.activeElement.matches('.skip')")
        await screen.page.keyboard.press("Tab")
        # Around once: out at the end of the page, and in again at its beginning.
        await screen.tab_to("document.activeElement.matches('.skip')", most=250)


async def test_skip_leads_to_the_content(open_screen: Open) -> None:
    screen = await (await open_screen()).goto("/")
    await screen.tab_to("document.activeElement.matches('.skip')")
    await expect(screen.page.locator(".skip")).to_be_in_viewport()
    await screen.page.keyboard.press("Enter")
    await expect(screen.page).to_have_url(re.compile("#content$"))
