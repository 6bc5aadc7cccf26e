"""Whoever is inside is sent on to a therapist: the dashboard's row names him, and his own page goes with him."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Open
from tests.e2e.running import Running
from tests.e2e.waiting import Room


@pytest.fixture
def therapy(app: Running, waiting: Room) -> Iterator[None]:
    """A therapist and a room at the waiting clinic; a session takes five minutes, so that it fits before midnight."""
    clinic, doctor = waiting.clinic_id, waiting.doctor_id
    app.rows("INSERT INTO therapists (clinic_id, name, is_active) VALUES (%s, 'Heals By Hand', true)", clinic)
    app.rows("INSERT INTO rooms (clinic_id, name, is_active) VALUES (%s, 'Room of Oil', true)", clinic)
    app.rows("INSERT INTO visit_rules (doctor_id, visit_type, minutes) VALUES (%s, 'panchakarma', 5)", doctor)
    yield
    app.rows("DELETE FROM appointments WHERE doctor_id = %s", doctor)
    app.rows("DELETE FROM visit_rules WHERE doctor_id = %s", doctor)
    app.rows("DELETE FROM therapists WHERE clinic_id = %s", clinic)
    app.rows("DELETE FROM rooms WHERE clinic_id = %s", clinic)


@pytest.mark.usefixtures("services", "therapy")
async def test_whoever_is_inside_is_sent_to_a_therapist_whom_his_row_then_names(
    waiting: Room, open_screen: Open
) -> None:
    await waiting.check_in(1)
    await waiting.start(1)
    # His own page, which nobody loads again from here on.
    his = (await (await open_screen()).goto(waiting.link(1))).page
    await expect(his.locator(".turn-now .my-token")).to_contain_text("1")
    screen = await (await open_screen("admin")).goto(f"/day?doctor={waiting.doctor_id}")
    page = screen.page
    await expect(page.locator(".inside-now .since")).to_contain_text("0 min")
    await page.locator(".inside-now .menu summary").click()
    await page.get_by_role("button", name="Send on").click()
    sheet = page.locator("dialog#send")
    await expect(sheet.locator(".who")).to_have_text("Secret Person 1")
    await sheet.get_by_label("To whom").select_option(label="Heals By Hand")
    await sheet.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator(".toast")).to_contain_text("Sent on, with token 5 there.")
    await expect(sheet).to_be_hidden()
    await expect(page.locator(".spot.next")).to_contain_text("Heals By Hand · Room of Oil")
    await expect(page.locator(".counts .completed dd")).to_have_text("1")
    await expect(his.locator(".standing.next .my-token")).to_contain_text("5")
    await expect(his.locator(".was")).to_contain_text("is over; this is what comes next")
    # Sent by mistake: he is inside again, as if he had never been sent.
    await page.locator(".toasts").get_by_role("button", name="Undo").click()
    await expect(page.locator(".toast")).to_contain_text("Taken back: token 1 is where it was.")
    await expect(page.locator(".inside-now .patient")).to_contain_text("Secret Person 1")
    await expect(page.locator(".counts .completed dd")).to_have_text("0")
    await expect(his.locator(".turn-now .my-token")).to_contain_text("1")
    await expect(his.locator(".was")).to_have_count(0)
    await page.locator(".inside-now .menu summary").click()
    await page.get_by_role("button", name="Send on").click()
    await sheet.get_by_label("To whom").select_option(label="Heals By Hand")
    await sheet.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator(".toast")).to_contain_text("Sent on, with token 6 there.")
    await expect(his.locator(".standing.next .my-token")).to_contain_text("6")
