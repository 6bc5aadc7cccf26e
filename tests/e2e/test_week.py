"""The doctor's week in a browser: it is live, a phone shows one day of it, and it leads to the day."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from playwright.async_api import expect

from core import clock
from models.doctor import Mode
from models.user import Role
from services import appointments, slot_views
from services.permissions import Actor
from services.placing import Wish
from tests.e2e.conftest import PATIENT_ID, Open
from tests.e2e.running import Running

ADMIN = Actor(user_id=4, role=Role.ADMIN, name="Admin")


async def test_a_booking_comes_and_goes_on_an_open_week(
    each_app: Running, open_screen: Open, services: None, days: Iterator[date]
) -> None:
    day = next(days)
    screen = await (await open_screen("doctor", at=each_app, wide=True)).goto(f"/week?day={day}")
    column = screen.page.locator(f'[data-day="{day}"]')
    await expect(column).to_be_visible()
    before = await column.locator(".taken").count()
    free = await _free(1, day)
    seen = await screen.watch(f"document.querySelectorAll('[data-day=\"{day}\"] .taken').length > {before}")
    wish = Wish(patient_id=PATIENT_ID, doctor_id=1, starts_at=free, mode=Mode.IN_PERSON)
    booked = await appointments.book_at(wish, by=ADMIN, now=clock.now())
    await seen()
    gone = await screen.watch(f"document.querySelectorAll('[data-day=\"{day}\"] .taken').length === {before}")
    await appointments.cancel(booked.id, by=ADMIN, now=clock.now())
    await gone()


async def _free(doctor_id: int, day: date) -> datetime:
    found = await slot_views.slots_view(doctor_id, day, clock.now())
    return next(slot.starts_at for slot in found.slots if slot.status == "open")


async def test_the_weeks_turn_and_the_address_keeps_which(open_screen: Open) -> None:
    screen = await (await open_screen("reception", wide=True)).goto("/week")
    page = screen.page
    await expect(page.locator(".column")).to_have_count(7)
    title = await page.locator("h1").inner_text()
    await expect(page.get_by_role("button", name="This week")).to_be_disabled()
    await page.get_by_role("button", name="The week after").click()
    await expect(page.locator("h1")).not_to_have_text(title)
    await expect(page).to_have_url(re.compile(r"day=\d{4}-\d\d-\d\d"))
    later = await page.locator("h1").inner_text()
    await screen.reload()
    await expect(page.locator("h1")).to_have_text(later)
    await page.get_by_role("button", name="This week").click()
    await expect(page.locator("h1")).to_have_text(title)


async def test_a_phone_shows_one_day_at_a_time_and_leads_to_it(open_screen: Open) -> None:
    screen = await (await open_screen("doctor")).goto("/week")
    page = screen.page
    await page.wait_for_selector(".days button")
    assert await page.locator(".column").evaluate_all("all => all.filter(e => e.offsetParent).length") == 1
    tab = page.locator(".days button").nth(6)
    await tab.click()
    await expect(tab).to_have_attribute("aria-pressed", "true")
    shown = page.locator('.column[data-chosen="true"]')
    await expect(shown).to_have_count(1)
    day = await shown.get_attribute("data-day")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("link", name="The day").last.click()
    await expect(page).to_have_url(re.compile(f"/day/?\\?doctor=1&day={day}"))


async def test_the_present_moment_stands_where_the_wall_clock_is(open_screen: Open) -> None:
    screen = await (await open_screen("doctor", wide=True)).goto("/week")
    line = screen.page.locator("now-line")
    await expect(line).to_have_count(1)
    local = clock.now().astimezone(ZoneInfo("Asia/Kolkata"))
    there = {name: int(await line.get_attribute(f"data-{name}") or "-1") for name in ("minute", "first", "last")}
    assert (local.hour * 60 + local.minute - there["minute"] + 1) % (24 * 60) <= 2
    # Half an hour before the end of the wall, and then half an hour on.
    await line.evaluate("(line, minute) => { line.dataset.minute = minute; }", there["last"] - 30)
    share = (there["last"] - 30 - there["first"]) / (there["last"] - there["first"])
    assert abs(float((await line.evaluate("line => line.style.top")).rstrip("%")) - 100 * share) < 0.1
    await line.evaluate("line => { line.read -= 31 * 60000; line.place(); }")
    await expect(line).to_be_hidden()
