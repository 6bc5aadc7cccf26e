"""At the desk: three keystrokes find a patient, ten seconds make one known, two records become one and two again."""

import time
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from services.addresses import phone
from tests.e2e.conftest import Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen
from tests.e2e.waiting import room

NAMES = ("Zubeida Quettawala", "Zubeida Q", "Zyaan Newcomer")


@pytest.fixture
def twice(app: Running) -> Iterator[None]:
    """One person whom the demo's clinic knows twice."""
    for name, number in zip(NAMES[:2], ("+919812307712", "+919812308834"), strict=True):
        (patient_id,) = app.rows(
            "INSERT INTO patients (name, is_account_holder, created_at) VALUES (%s, false, now()) RETURNING id", name
        )[0]
        columns = phone(number).columns("patients", patient_id)
        app.rows(
            "UPDATE patients SET phone_sealed = %s, phone_hash = %s, phone_tail = %s WHERE id = %s",
            *columns.values(),
            patient_id,
        )
        app.rows(
            "INSERT INTO acquaintances SELECT clinic_id, %s FROM users WHERE email = 'reception@example.org'",
            patient_id,
        )
    yield
    app.rows("DELETE FROM patient_merges WHERE kept_id IN (SELECT id FROM patients WHERE name = ANY(%s))", list(NAMES))
    app.rows("UPDATE patients SET merged_into = NULL WHERE name = ANY(%s)", list(NAMES))
    app.rows("DELETE FROM patients WHERE name = ANY(%s)", list(NAMES))


async def desk(open_screen: Open, at: Running) -> Screen:
    screen = await (await open_screen("reception", at=at, wide=True)).goto("/patients")
    await expect(screen.page.locator("find-patient input")).to_be_visible()
    return screen


async def test_three_keystrokes_find_him_and_the_keyboard_opens_his_card(
    open_screen: Open, app: Running, twice: None
) -> None:
    screen = await desk(open_screen, app)
    page, box = screen.page, screen.page.get_by_role("combobox", name="Find a patient")
    await page.keyboard.press("/")
    await expect(box).to_be_focused()
    options = page.locator("find-patient [role=option]")
    for typed in ("zub", "que"):
        await page.keyboard.type(typed)
        await expect(options.first).to_contain_text("Zubeida Q")
        await expect(box).to_have_attribute("aria-expanded", "true")
        await page.keyboard.press("Escape")
        await expect(options.first).to_be_hidden()
        await page.keyboard.press("Escape")
        await expect(box).to_have_value("")
    await page.keyboard.type("7712")
    await expect(options).to_have_count(1)
    await expect(page.locator("find-patient [role=status]")).to_have_text("One person found.")
    await page.keyboard.press("Enter")
    await expect(page.locator("patient-card h2")).to_have_text(NAMES[0])
    await expect(box).to_have_value("")
    # Of what is shown nothing is ever the answer to something else than what stands in the box.
    await page.keyboard.type("zub")
    await expect(options).to_have_count(2)
    await expect(options.first).to_have_attribute("aria-selected", "true")
    first = await box.get_attribute("aria-activedescendant")
    await page.keyboard.press("ArrowDown")
    assert await box.get_attribute("aria-activedescendant") != first
    await page.keyboard.press("ArrowUp")
    assert await box.get_attribute("aria-activedescendant") == first
    await page.keyboard.type("x")
    assert await options.first.is_visible() is False


async def test_what_the_reader_types_opens_the_card_at_once(open_screen: Open, app: Running) -> None:
    there = room(app, patients=1)
    screen = await (await open_screen("admin", at=app, wide=True)).goto("/patients")
    box = screen.page.get_by_role("combobox", name="Find a patient")
    await box.focus()
    # As a reader does: all of it in no time, and Enter at its end.
    await screen.page.keyboard.insert_text(f"https://clinic.example{there.link(1)}")
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator("patient-card h2")).to_be_visible()
    await expect(screen.page.locator("patient-card .status").first).to_have_text("Booked")
    # What happens elsewhere is on the card by itself, and in a while where nobody was told.
    app.rows("UPDATE appointments SET status = 'cancelled', version = version + 1 WHERE id = %s", there.appointments[0])
    await expect(screen.page.locator("patient-card .status").first).to_have_text("Cancelled", timeout=15_000)


async def test_one_is_made_known_in_ten_seconds(open_screen: Open, app: Running, twice: None) -> None:
    screen = await desk(open_screen, app)
    began, form = time.monotonic(), screen.page.locator("#new-patient form")
    await form.get_by_label("Name").fill(NAMES[2])
    await form.get_by_label("Phone number").fill("12")
    await screen.page.keyboard.press("Enter")
    await expect(form.get_by_role("alert")).to_be_visible()
    await expect(form.get_by_label("Name")).to_have_value(NAMES[2])
    await form.get_by_label("Phone number").fill("98123 09956")
    await form.get_by_label("Language").select_option("mr")
    await screen.page.keyboard.press("Enter")
    card = screen.page.locator("patient-card")
    await expect(card.locator("h2")).to_have_text(NAMES[2])
    await expect(card.locator(".about")).to_contain_text("Marathi")
    assert time.monotonic() - began < 10
    await expect(form.get_by_label("Name")).to_have_value("")


async def test_two_records_become_one_and_two_again(open_screen: Open, app: Running, twice: None) -> None:
    screen = await desk(open_screen, app)
    page, card = screen.page, screen.page.locator("patient-card")
    box = page.get_by_role("combobox", name="Find a patient")
    await box.fill("8834")
    await page.locator("find-patient [role=option]").click()
    await card.get_by_role("button", name="Same person twice?").click()
    await box.fill("7712")
    await page.locator("find-patient [role=option]").click()
    table = card.get_by_role("table")
    await expect(table).to_contain_text("+919812307712")
    await expect(table).to_contain_text("+919812308834")
    await table.get_by_label("+919812308834").check()
    await card.get_by_role("button", name="Make them one").click()
    await expect(card.locator("h2")).to_have_text(NAMES[0])
    await expect(card.locator(".about")).to_contain_text("+919812308834")
    for ends in ("7712", "8834"):
        await box.fill(ends)
        await expect(page.locator("find-patient [role=option]")).to_have_count(1)
        await expect(page.locator("find-patient [role=option]")).to_contain_text(NAMES[0])
    await page.keyboard.press("Escape")
    await card.get_by_role("button", name="Undo the merge").click()
    await expect(card.get_by_text("They are two records again.")).to_be_visible()
    await expect(card.locator(".about")).to_contain_text("+919812307712")
    await expect(card.get_by_role("button", name="Undo the merge")).to_have_count(0)
