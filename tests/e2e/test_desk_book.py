"""Booking at the desk in a real browser: the next visit from the day, and a caller by the keyboard alone."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen

CALLER, NUMBER = "Calls From Afar", "+919812300078"


@pytest.fixture(autouse=True)
def leaves_nothing(app: Running) -> Iterator[None]:
    """What was booked by telephone meanwhile is no longer in the book."""
    (began,) = app.rows("SELECT now()")[0]
    yield
    app.rows(
        "UPDATE appointments SET status = 'cancelled' WHERE source = 'phone' AND status = 'booked'"
        " AND created_at >= %s",
        began,
    )


async def test_the_next_visit_is_booked_from_the_day_in_three_clicks(app: Running, open_screen: Open) -> None:
    ((day, name),) = app.rows(
        "SELECT a.day, p.name FROM appointments a JOIN patients p ON p.id = a.patient_id"
        " WHERE a.doctor_id = 1 AND a.status = 'booked' AND a.starts_at > now() + interval '1 day'"
        " ORDER BY a.starts_at LIMIT 1"
    )
    page = (await (await open_screen("doctor")).goto(f"/day?doctor=1&day={day}")).page
    await page.locator(".booking", has_text=name).locator(".menu summary").first.click()
    await page.get_by_role("link", name="Next visit").first.click()
    await expect(page.locator(".known")).to_contain_text(name)
    earliest = page.locator("button.time").first
    when = await earliest.locator(".when").inner_text()
    await earliest.click()
    await expect(page.locator(".ticket header")).to_contain_text(name)
    await expect(page.locator(".ticket dl")).to_contain_text(when.rpartition(", ")[2])
    # What stands in the address is booked for good: a reload tells it again.
    await expect(page).to_have_url(re.compile("booked="))
    await page.reload()
    await expect(page.locator(".ticket header")).to_contain_text(name)
    await page.locator(".desk-book > header a").click()
    await expect(page).to_have_url(re.compile(rf"/day\?doctor=1&day={day}$"))
    await expect(page.locator(".booking").first).to_be_visible()


async def test_a_caller_is_booked_by_the_keyboard_alone(app: Running, open_screen: Open) -> None:
    screen = await (await open_screen("reception", wide=True)).goto("/book")
    page, press = screen.page, screen.page.keyboard.press
    await expect(page.get_by_label("Find a patient")).to_be_focused()
    await page.keyboard.type(NUMBER)
    # Nobody has that number: it is kept, and his name is asked for.
    await press("Enter")
    await expect(page.get_by_label("Name", exact=True)).to_be_focused()
    await expect(page.get_by_label("Phone number")).to_have_value(NUMBER)
    await page.keyboard.type(CALLER)
    await _choose(screen, "language", "Hindi")
    await _choose(screen, "after", "4")
    await screen.tab_to("document.activeElement.name === 'off1'")
    await press("Space")
    await press("Enter")
    await expect(page.locator("button.time").first).to_be_focused()
    await expect(page).to_have_url(re.compile(r"language=hi.*after=16%3A00&off=1"))
    assert not [when for when in await page.locator(".when").all_inner_texts() if when.startswith("Tue")]
    await press("Enter")
    await expect(page.locator(".ticket header")).to_contain_text(CALLER)
    await expect(page.get_by_label("The link to the visit")).to_be_focused()
    await screen.tab_to("document.activeElement.textContent === 'Book for somebody else'")
    await press("Enter")
    await expect(page.get_by_label("Name", exact=True)).to_have_value("")
    ((name, weekday),) = app.rows(
        "SELECT p.name, extract(isodow FROM a.day) FROM appointments a JOIN patients p ON p.id = a.patient_id"
        " WHERE a.source = 'phone' AND p.name = %s",
        CALLER,
    )
    assert (name, weekday == 2) == (CALLER, False)


async def test_a_patient_is_found_in_place_and_booked_by_the_keyboard_alone(app: Running, open_screen: Open) -> None:
    ((patient, name),) = app.rows(
        "SELECT p.id, p.name FROM patients p JOIN acquaintances k ON k.patient_id = p.id AND k.clinic_id = 1"
        " JOIN users u ON u.clinic_id = 1 AND u.email = 'reception@example.org'"
        " WHERE p.merged_into IS NULL ORDER BY p.id LIMIT 1"
    )
    screen = await (await open_screen("reception", wide=True)).goto("/book")
    page, press = screen.page, screen.page.keyboard.press
    await expect(page.get_by_label("Find a patient")).to_be_focused()
    await page.keyboard.type(name)
    await expect(page.get_by_role("option").first).to_contain_text(name)
    await press("Enter")
    await expect(page.locator(".known")).to_contain_text(name)
    await expect(page.get_by_label("Comes for")).to_be_focused()
    await expect(page.get_by_label("Comes for")).to_have_value("follow_up")
    await screen.tab_to("document.activeElement.matches('button.time')")
    await press("Enter")
    await expect(page.locator(".ticket header")).to_contain_text(name)
    ((visit,),) = app.rows(
        "SELECT visit_type FROM appointments WHERE source = 'phone' AND patient_id = %s"
        " ORDER BY created_at DESC LIMIT 1",
        patient,
    )
    assert visit == "follow_up"


async def _choose(screen: Screen, field: str, typed: str) -> None:
    await screen.tab_to(f"document.activeElement.name === {field!r}")
    await screen.page.keyboard.type(typed)
