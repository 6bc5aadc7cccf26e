"""A break and a leave from the dashboard, and the clinic's rule: what is shown is what is done."""

from collections.abc import Iterator
from datetime import date

from playwright.async_api import expect

from core import clock
from tests.e2e.conftest import Open
from tests.e2e.running import Running

RUNNING = "SELECT ends_at FROM leaves WHERE doctor_id = 1 AND starts_at <= now() AND ends_at > now()"


async def test_a_leave_shows_whom_it_moves_and_is_undone_as_one(
    app: Running, open_screen: Open, days: Iterator[date]
) -> None:
    day = next(days)
    standing = "SELECT starts_at, patient_id FROM appointments WHERE doctor_id = 1 AND day = %s AND status = 'booked'"
    before = sorted(app.rows(standing, day))
    assert before
    screen = await (await open_screen("doctor", wide=True)).goto(f"/day?doctor=1&day={day}")
    page = screen.page
    await page.get_by_role("button", name="Break or leave").click()
    await expect(page.locator(".leave .stranded li")).to_have_count(len(before))
    choice = page.locator(".leave .stranded select").first
    await expect(choice).to_have_value("move")
    await choice.select_option("offer")
    await page.get_by_role("button", name="Take the leave").click()
    await expect(page.locator(".leave .outcome")).to_contain_text(f"Moved: {len(before) - 1}, put on the waitlist: 1")
    assert app.rows(standing, day) == []
    week = await (await open_screen("reception", wide=True)).goto(f"/week?doctor=1&day={day}")
    await expect(week.page.locator(f'[data-day="{day}"] .ground.leave')).to_have_count(1)
    await page.locator(".leave").get_by_role("button", name="Undo").click()
    await expect(page.locator(".leave .outcome")).to_contain_text("Everything is as it was.")
    await expect(week.page.locator(f'[data-day="{day}"] .ground.leave')).to_have_count(0)
    assert sorted(app.rows(standing, day)) == before


async def test_a_break_is_taken_by_one_and_ended_by_another_who_has_the_day_open(
    app: Running, open_screen: Open
) -> None:
    desk = (await (await open_screen("reception")).goto("/day?doctor=1")).page
    await expect(desk.locator(".spot.next")).to_be_visible()
    page = (await (await open_screen("doctor")).goto("/day?doctor=1")).page
    await page.get_by_role("button", name="Break or leave").click()
    await page.locator(".leave .break").get_by_role("button", name="15 min").click()
    for each in (page, desk):
        await expect(each.locator(".on-break")).to_contain_text("On a break until")
    await expect(page.locator(".leave .break")).to_have_count(0)
    ((ends_at,),) = app.rows(
        "SELECT ends_at FROM leaves WHERE doctor_id = 1 AND starts_at <= now() AND ends_at > now()"
    )
    assert (ends_at - clock.now()).total_seconds() < 15 * 60
    await desk.get_by_role("button", name="Back again").click()
    await expect(page.locator(".leave .break")).to_contain_text("A break now")
    await expect(desk.locator(".on-break")).to_have_count(0)
    assert app.rows(RUNNING) == []


async def test_the_sentence_of_the_rule_follows_the_numbers(app: Running, open_screen: Open) -> None:
    page = (await (await open_screen("reception")).goto("/queue-rule")).page
    sentence, save = page.locator("blockquote"), page.get_by_role("button", name="Save the rule")
    await expect(sentence).to_contain_text("with 10 min of grace")
    await expect(save).to_be_disabled()
    await page.get_by_label("Minutes of grace").fill("25")
    await expect(sentence).to_contain_text("with 25 min of grace")
    await page.get_by_label("Minutes of grace").fill("999")
    await expect(page.get_by_role("alert")).to_contain_text("not something we can use")
    await expect(save).to_be_disabled()
    await page.get_by_label("Minutes of grace").fill("25")
    await save.click()
    await expect(page.get_by_role("status")).to_contain_text("Saved.")
    await page.reload()
    await expect(sentence).to_contain_text("with 25 min of grace")
    app.rows("UPDATE clinics SET queue_grace_minutes = 10")
