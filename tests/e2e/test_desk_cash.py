"""The desk by the keyboard: a walk-in has his slip, a visit is paid as it is checked in, and the sheet adds up."""

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Open
from tests.e2e.running import Running
from tests.e2e.waiting import Room

PRINTS = "window.print = () => { window.printed = true; }"


@pytest.fixture
def short_visits(app: Running, waiting: Room) -> Room:
    """Visits so short that there is room for one until shortly before midnight."""
    app.rows("UPDATE doctors SET slot_minutes = 5, fee = 50000 WHERE id = %s", waiting.doctor_id)
    app.rows("DELETE FROM visit_rules WHERE doctor_id = %s", waiting.doctor_id)
    return waiting


async def test_from_the_walk_in_to_a_sheet_that_adds_up(short_visits: Room, open_screen: Open) -> None:
    room = short_visits
    desk, sheet = [await open_screen("admin", wide=True) for _ in range(2)]
    await desk.page.context.add_init_script(PRINTS)
    await desk.goto(f"/day?doctor={room.doctor_id}")
    await sheet.goto(f"/cash?clinic={room.clinic_id}")
    await expect(sheet.page.get_by_text("Nothing was taken on this day.")).to_be_visible()
    await expect(desk.page.locator(".to-come .booking")).to_have_count(4)

    keys = desk.page.keyboard
    await keys.press("w")
    await expect(desk.page.locator("#walk-in .waits .wait").first).to_have_text("at once")
    await keys.type("9812300077")
    await keys.press("Tab")
    await keys.type("Comes Unasked")
    await keys.press("Enter")
    await expect(desk.page.locator(".toast")).to_contain_text("token 5")
    async with desk.page.context.expect_page() as opened:
        await keys.press("p")
    slip = await opened.value
    await expect(slip.locator(".slip-token")).to_have_text("5")
    await slip.wait_for_function("window.printed")
    await slip.emulate_media(media="print")
    await expect(slip.locator(".header")).to_be_hidden()
    await expect(slip.locator(".slip-code svg")).to_be_visible()
    await slip.close()

    await desk.page.locator(".to-come [data-opens=pay]").first.press("Enter")
    await expect(desk.page.locator("#pay [name=amount]")).to_have_value("500")
    await keys.press("Enter")
    await expect(desk.page.locator(".toast")).to_have_text("Here, and ₹500 taken.")
    await expect(desk.page.locator(".to-come .booking")).to_have_count(3)
    await expect(desk.page.locator(".mark.paid")).to_have_text("Paid ₹500")
    await expect(sheet.page.locator(".cash-sheet .sum")).to_have_text("₹500")

    await sheet.page.get_by_label("Counted cash").fill("480")
    await sheet.page.keyboard.press("Enter")
    await expect(sheet.page.locator(".drawer .short")).to_contain_text("₹20 missing")
    async with sheet.page.expect_download() as saved:
        await sheet.page.get_by_role("link", name="Spreadsheet").click()
    assert (await saved.value).suggested_filename.endswith(".csv")
