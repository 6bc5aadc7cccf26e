"""From a search to a ticket and back, with others looking on: each sees each step in under a second."""

import re
from collections.abc import Callable, Iterator
from datetime import date

from playwright.async_api import expect

from tests.e2e.conftest import DOCTOR, Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen, slot_is

WITHIN_MS = 1000


async def test_a_booking_from_search_to_ticket_to_cancelled_on_three_screens(
    each_app: Running, open_screen: Open, days: Iterator[date], measured: Callable[[str, float], float]
) -> None:
    app, day = each_app, next(days)
    patient = await open_screen("patient", at=app)
    await _find_doctor(patient)
    await _choose_day(patient, day)
    onlooker = await (await open_screen(at=app)).doctor(f"{DOCTOR}?day={day}")
    doctor = await (await open_screen("doctor", at=app, wide=True)).goto(f"/day?day={day}")
    if app.workers > 1:
        await onlooker.move_to_another_worker(patient)
        await doctor.move_to_another_worker(patient)
        assert await onlooker.worker() == await doctor.worker() != await patient.worker()
    await onlooker.page.wait_for_selector(".slots .slot")
    slot = await patient.open_slot()
    label = f"{app.workers} worker" + ("s" if app.workers > 1 else "")

    async def seen(step: str, act: Callable, **who_sees: tuple[Screen, str]) -> None:
        watches = [(name, await screen.watch(test)) for name, (screen, test) in who_sees.items()]
        await act()
        clicked = await patient.clicked()
        for name, moment in watches:
            assert measured(f"{step} → {name}, {label}, ms", await moment() - clicked) < WITHIN_MS

    page = patient.page
    await seen(
        "hold",
        lambda: patient.click_slot(slot),
        patient=(patient, "document.querySelector('.hold-sheet .primary')"),
        onlooker=(onlooker, slot_is(slot, "held")),
        doctor=(doctor, _line("held")),
    )
    await expect(page.locator(".slots .slot").nth(slot)).to_have_class("slot mine")
    await expect(onlooker.page.locator(".slots .slot").nth(slot)).to_be_disabled()
    await seen(
        "confirm",
        lambda: page.get_by_role("button", name="Confirm the appointment").click(),
        patient=(patient, "document.querySelector('.ticket.booked .token strong')"),
        onlooker=(onlooker, slot_is(slot, "booked")),
        doctor=(doctor, _line("booked")),
    )
    token = await page.locator(".ticket .token strong").inner_text()
    assert token.isdecimal()
    await expect(page.locator(".ticket")).to_contain_text(f"{day:%A}, {day.day} {day:%B}")
    await expect(page.locator(".ticket")).to_contain_text("Pune")
    await expect(doctor.page.locator(".booking.booked", has_text="Asha Kulkarni").locator(".token")).to_have_text(token)
    await page.get_by_role("button", name="Cancel the appointment").click()
    await expect(page.get_by_role("button", name="Yes, cancel it")).to_be_visible()
    await seen(
        "cancel",
        lambda: page.get_by_role("button", name="Yes, cancel it").click(),
        patient=(patient, "document.querySelector('.ticket.cancelled')"),
        onlooker=(onlooker, slot_is(slot, "open")),
        doctor=(doctor, _line("cancelled")),
    )
    await expect(onlooker.page.locator(".slots .slot").nth(slot)).to_be_enabled()


async def test_what_one_tab_books_is_in_the_list_of_another(
    each_app: Running, open_screen: Open, days: Iterator[date]
) -> None:
    visits = await (await open_screen("patient", at=each_app, wide=True)).goto("/appointments")
    tab = Screen(each_app, await visits.page.context.new_page())
    day = next(days)
    await tab.doctor(f"{DOCTOR}?day={day}")
    held = await visits.watch("document.querySelector('.hold-sheet')")
    await tab.hold(await tab.open_slot())
    await held()
    await visits.page.get_by_role("button", name="Confirm the appointment").click()
    await expect(visits.page).to_have_url(re.compile("/appointment/[0-9a-f-]{36}$"))
    await tab.goto(re.sub("^http://[^/]+", "", visits.page.url))
    await expect(tab.page.locator(".ticket.booked")).to_be_visible()
    await visits.page.get_by_role("button", name="Cancel the appointment").click()
    await visits.page.get_by_role("button", name="Yes, cancel it").click()
    await expect(tab.page.locator(".ticket.cancelled")).to_be_visible()


async def test_an_appointment_is_moved_to_another_open_time(
    app: Running, open_screen: Open, days: Iterator[date]
) -> None:
    first, then = next(days), next(days)
    screen = await (await open_screen("patient")).doctor(f"{DOCTOR}?day={first}")
    page = screen.page
    await screen.hold(await screen.open_slot())
    await page.get_by_role("button", name="Confirm the appointment").click()
    await expect(page.locator(".ticket.booked")).to_be_visible()
    await page.get_by_role("link", name="Move to another time").click()
    await expect(page.locator(".moving")).to_contain_text(f"{first.day} {first:%b}")
    await _choose_day(screen, then)
    await screen.hold(await screen.open_slot())
    await expect(page.get_by_role("button", name="Confirm the appointment")).to_have_count(0)
    await page.get_by_role("button", name="Move it here").click()
    await expect(page.locator(".ticket.booked")).to_contain_text(f"{then.day} {then:%B}")
    latest = "SELECT status FROM appointments WHERE patient_id = 1 AND day = %s ORDER BY created_at DESC LIMIT 1"
    assert [app.rows(latest, day) for day in (first, then)] == [[("rescheduled",)], [("booked",)]]
    await page.get_by_role("button", name="Cancel the appointment").click()
    await page.get_by_role("button", name="Yes, cancel it").click()
    await expect(page.locator(".ticket.cancelled")).to_be_visible()


async def _find_doctor(screen: Screen) -> None:
    await screen.goto("/")
    await screen.page.get_by_label("Name, ailment or place").fill("Meera Joshi Pune")
    await screen.page.locator(".card", has_text="Meera Joshi").first.click()
    await screen.page.wait_for_selector(".slots .slot")


async def _choose_day(screen: Screen, day: date) -> None:
    tab = screen.page.locator(".strip .tab", has_text=re.compile(rf"(?<!\d){day.day} {day:%b}"))
    await tab.click()
    await expect(tab).to_have_attribute("aria-pressed", "true")
    await expect(screen.page.locator(".day-head h2")).to_contain_text(f"{day.day} {day:%B}")
    await expect(screen.page).to_have_url(re.compile(f"day={day}"))


def _line(status: str) -> str:
    lines = f"[...document.querySelectorAll('.booking.{status}')]"
    return f"{lines}.some(line => line.textContent.includes('Asha Kulkarni'))"
