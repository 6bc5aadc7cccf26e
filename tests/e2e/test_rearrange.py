"""Many at once and the waitlist in a browser: what is ticked goes, as one and back; a freed time is passed on, live."""

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Open
from tests.e2e.running import Running

STANDING = "SELECT starts_at, patient_id FROM appointments WHERE doctor_id = 1 AND day = %s AND status = 'booked'"


@pytest.fixture(autouse=True)
def empty_list(app: Running) -> Iterator[None]:
    """Nobody waits for the doctor before a test, and nobody whom it left for an offer waits after it."""
    _clear(app)
    yield
    _clear(app)


async def test_those_who_are_ticked_go_as_one_and_come_back_as_one(
    app: Running, open_screen: Open, days: Iterator[date]
) -> None:
    day = next(days)
    before = sorted(app.rows(STANDING, day))
    assert len(before) > 2
    page = (await (await open_screen("reception", wide=True)).goto(f"/rearrange?doctor=1&day={day}&kind=some")).page
    await page.get_by_role("button", name="Show whom it meets").click()
    lines = page.locator(".met li")
    await expect(lines).to_have_count(len(before))
    await expect(page.locator(".sum")).to_have_text(f"stay: {len(before)}")
    await page.get_by_label(f"All ({len(before)})").check()
    await lines.first.get_by_role("checkbox").uncheck()
    await page.get_by_label("Those ticked").select_option("offer")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.locator(".sum")).to_have_text(f"to be offered a time: {len(before) - 1} · stay: 1")
    await lines.nth(1).get_by_label("What becomes of it").select_option("move")
    await expect(page.locator(".sum")).to_contain_text("move: 1")
    await page.get_by_role("button", name="Carry it out").click()
    await expect(page.locator(".outcome")).to_contain_text(f"Moved: 1, put on the waitlist: {len(before) - 2}")
    await expect(page.locator(".lately > ol > li")).to_have_count(1)
    await page.locator(".outcome").get_by_role("button", name="Undo").click()
    await expect(page.locator(".outcome")).to_contain_text("Everything is as it was.")
    assert sorted(app.rows(STANDING, day)) == before


async def test_a_freed_time_is_passed_on_and_both_desks_see_it(app: Running, open_screen: Open) -> None:
    # One may be offered a time at once, the other none by himself: his days are beyond the book.
    for offset, number in ((2, 0), (300, 1)):
        app.rows(
            "INSERT INTO waitlist_entries (id, doctor_id, patient_id, first_day, last_day, mode, visit_type, weekdays,"
            " status, version, created_at, updated_at) SELECT gen_random_uuid(), 1, p.id, CURRENT_DATE + %s::int,"
            " CURRENT_DATE + %s::int + 10, 'in_person', 'first_visit', '{}', 'waiting', 1, now(), now()"
            " FROM (SELECT id FROM patients WHERE id < 900000 ORDER BY id DESC LIMIT 1 OFFSET %s) p",
            offset,
            offset,
            number,
        )
    desk = (await (await open_screen("reception", wide=True)).goto("/waitlist?doctor=1")).page
    other = (await (await open_screen("doctor")).goto("/waitlist")).page
    for page in (desk, other):
        await expect(page.locator(".waiters > li")).to_have_count(2)
        await expect(page.locator(".offers > li")).to_have_count(1)
    time = await desk.locator(".offers .what strong").inner_text()
    await desk.get_by_role("button", name="Offer to another").click()
    chosen = desk.get_by_label("To whom")
    await expect(chosen.locator("option")).to_have_count(1)
    name = (await chosen.locator("option").inner_text()).removeprefix("2. ")
    await desk.get_by_label("Reason").fill("In pain")
    await desk.get_by_role("button", name="Offer it").click()
    for page in (desk, other):
        passed_on = page.locator(".offers > li", has_text=name)
        await expect(passed_on).to_have_count(1)
        await expect(passed_on.locator(".what strong")).to_have_text(time)
    ((told,),) = app.rows("SELECT reason FROM waitlist_offers WHERE outcome = 'retracted'")
    assert told == "In pain"


def _clear(app: Running) -> None:
    app.rows("UPDATE appointments SET status = 'expired' WHERE status = 'held' AND source = 'waitlist'")
    # The worker may be making the next offer at this very moment.
    app.rows(
        "SET session_replication_role = replica; DELETE FROM waitlist_offers;"
        " DELETE FROM waitlist_entries WHERE doctor_id = 1"
    )
