"""Hours edited in a browser: the preview follows each change, what is saved shows at once, and two editors meet."""

from datetime import timedelta

from playwright.async_api import expect

from core import clock
from tests.e2e.conftest import Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen

DAY = clock.local_day(clock.now(), "Asia/Kolkata") + timedelta(days=33)


async def editing(open_screen: Open, who: str, *, rough: bool = False) -> Screen:
    """The hours of that one date, open."""
    screen = await (await open_screen(who, wide=True, rough=rough)).goto(f"/week?doctor=1&day={DAY}")
    page = screen.page
    await expect(page.locator(".column")).to_have_count(7)
    await page.get_by_role("button", name="Hours", exact=True).click()
    await page.locator(".scope").nth(1).click()
    await expect(page.locator(".ruled > li")).to_have_count(1)
    return screen


async def test_the_preview_follows_and_what_is_saved_shows_and_can_be_undone(open_screen: Open) -> None:
    page = (await editing(open_screen, "doctor")).page
    times = page.locator(".made summary strong")
    await expect(times).not_to_have_text("0")
    before = int(await times.inner_text())
    save = page.get_by_role("button", name="Save the hours")
    await expect(save).to_be_disabled()
    # Backwards: told beside it, and nothing can be saved.
    closes = page.locator(".stretch input[type=time]").nth(1)
    was = await closes.input_value()
    await closes.fill("05:00")
    await expect(page.get_by_role("alert")).to_contain_text("not something we can use")
    await expect(save).to_be_disabled()
    await closes.fill(was)
    await expect(page.get_by_role("alert")).to_have_count(0)
    while await page.locator(".stretch").count():
        count = await page.locator(".stretch").count()
        await page.get_by_role("button", name="Take these hours away").first.click()
        await expect(page.locator(".stretch")).to_have_count(count - 1)
    await expect(times).to_have_text("0")
    await save.click()
    await expect(page.locator(".outcome")).to_contain_text("Saved.")
    column = page.locator(f'[data-day="{DAY}"]')
    await expect(column).to_contain_text("No hours")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".outcome")).to_contain_text("Everything is as it was.")
    await expect(times).to_have_text(str(before))
    await expect(column).not_to_contain_text("No hours")


async def test_a_break_of_every_week_takes_its_times_and_is_saved_and_undone(app: Running, open_screen: Open) -> None:
    doctor = app.rows(
        "SELECT doctor_id FROM weekly_hours WHERE clinic_id = (SELECT clinic_id FROM doctors WHERE id = 1)"
        " AND doctor_id <> 1 AND closes - opens >= interval '2 hours' ORDER BY doctor_id DESC LIMIT 1"
    )[0][0]
    page = (await (await open_screen("reception", wide=True)).goto(f"/week?doctor={doctor}&day={DAY}")).page
    await expect(page.locator(".column")).to_have_count(7)
    await page.get_by_role("button", name="Hours", exact=True).click()
    day = page.locator(".ruled > li", has=page.locator(".adds :nth-child(2)")).first
    times = day.locator(".made summary strong")
    before = int(await times.inner_text())
    await day.get_by_role("button", name="Add a break on").click()
    await expect(day.locator(".stretch.pause")).to_have_count(1)
    await expect(times).not_to_have_text(str(before))
    breaks = "SELECT count(*) FROM breaks WHERE doctor_id = %s"
    was = app.rows(breaks, doctor)[0][0]
    await page.get_by_role("button", name="Save the hours").click()
    await expect(page.locator(".outcome")).to_contain_text("Saved.")
    assert app.rows(breaks, doctor)[0][0] == was + 1
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".outcome")).to_contain_text("Everything is as it was.")
    await expect(times).to_have_text(str(before))
    assert app.rows(breaks, doctor)[0][0] == was


async def test_of_two_editors_one_wins_and_the_other_is_told(open_screen: Open) -> None:
    doctor, desk = await editing(open_screen, "doctor"), await editing(open_screen, "reception")
    for screen in (doctor, desk):
        await screen.page.get_by_role("checkbox", name="By video").first.uncheck()
        await expect(screen.page.locator(".made .status")).to_be_visible()
    await doctor.page.get_by_role("button", name="Save the hours").click()
    await expect(doctor.page.locator(".outcome")).to_contain_text("Saved.")
    await desk.page.get_by_role("button", name="Save the hours").click()
    await expect(desk.page.get_by_role("alert")).to_contain_text("was faster")
    await expect(desk.page.get_by_role("alert")).to_contain_text("This changed while you were looking.")
    # How it stands now is what the doctor saved.
    await expect(desk.page.get_by_role("checkbox", name="By video").first).not_to_be_checked()
    await expect(desk.page.locator(".made .status")).to_have_count(0)
    await doctor.page.get_by_role("button", name="Undo").click()
    await expect(doctor.page.locator(".outcome")).to_contain_text("Everything is as it was.")
