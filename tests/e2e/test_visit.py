"""The page of a link: it follows the queue by itself, and names nobody."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.async_api import expect

from core import clock
from models.doctor import Mode
from models.visit import VisitType
from services import appointments, check_in_codes, moving, queue, slot_views
from services.appointments import Wish
from services.walls import local_day
from tests.e2e.conftest import Open
from tests.e2e.running import Running
from tests.e2e.screen import milliseconds
from tests.e2e.waiting import ADMIN, Room

SHOWN_WITHIN_MS = 1000
HEALED_WITHIN_MS = 10_000

pytestmark = pytest.mark.usefixtures("services")


async def test_each_change_is_on_the_page_within_a_second(
    each_app: Running, waiting: Room, open_screen: Open, measured: Callable[[str, float], float]
) -> None:
    screen = await (await open_screen(at=each_app)).goto(waiting.link(2))
    await expect(screen.page.get_by_role("button", name="I am here")).to_be_visible()
    await expect(screen.page.locator(".my-token")).to_contain_text("2")
    await waiting.check_in(1)
    late = queue.run_late(waiting.doctor_id, timedelta(minutes=25), by=ADMIN, now=clock.now())
    for name, change, sight in (
        ("another goes in", waiting.start(1), "[...document.querySelectorAll('.ahead dd')].at(-1).innerText === '1'"),
        ("the day runs late", late, "document.querySelector('.late').innerText.includes('25 min late')"),
        ("checked in, and next", waiting.check_in(2), "document.querySelector('.standing.next')"),
        ("my turn", waiting.start(2), "document.querySelector('.turn-now') && document.title.includes('your turn')"),
        ("over", waiting.complete(2), "document.body.innerText.includes('Your visit is over')"),
    ):
        if name == "my turn":
            await waiting.complete(1)
        seen = await screen.watch(sight)
        began = milliseconds()
        await change
        assert measured(f"visit page: {name}, ms", max(0, await seen() - began)) < SHOWN_WITHIN_MS
    said = await screen.page.content() + "".join(screen.frames)
    assert "Secret Person" not in said


async def test_one_checks_himself_in_with_the_code_of_the_front_desk(waiting: Room, open_screen: Open) -> None:
    screen = await (await open_screen()).goto(waiting.link(3))
    code = check_in_codes.code_of(waiting.clinic_id, waiting.today)
    field = screen.page.get_by_label("Code of the day")
    await field.fill(f"{(int(code) + 1) % 10_000:04}")
    await screen.page.get_by_role("button", name="I am here").click()
    await expect(screen.page.get_by_role("alert")).to_contain_text("not today's code")
    await field.fill(code)
    await screen.page.get_by_role("button", name="I am here").click()
    await expect(screen.page.locator(".badge-line")).to_be_visible()


async def test_the_desk_sees_the_code_that_patients_type(open_screen: Open, app: Running) -> None:
    screen = await (await open_screen("reception", wide=True)).goto("/day")
    (clinic_id,) = app.rows("SELECT clinic_id FROM users WHERE email = 'reception@example.org'")[0]
    code = check_in_codes.code_of(clinic_id, local_day(clock.now(), "Asia/Kolkata"))
    await expect(screen.page.locator(".code-of-day strong")).to_have_text(code)


async def test_a_page_goes_with_whoever_is_moved_says_so_and_comes_back_with_him(
    waiting: Room, open_screen: Open
) -> None:
    screen = await (await open_screen()).goto(waiting.link(4))
    await expect(screen.page.locator(".my-token")).to_contain_text("4")
    tomorrow = waiting.today + timedelta(days=1)
    grid = await slot_views.slots_view(waiting.doctor_id, tomorrow, clock.now())
    slot = next(each for each in grid.slots if each.status == "open")
    (patient_id,) = screen.app.rows("SELECT patient_id FROM appointments WHERE id = %s", waiting.appointments[3])[0]
    wish = Wish(
        patient_id=patient_id,
        doctor_id=waiting.doctor_id,
        starts_at=slot.starts_at,
        mode=Mode.IN_PERSON,
        visit=VisitType.FOLLOW_UP,
    )
    moved = await appointments.reschedule(waiting.appointments[3], wish, by=ADMIN, now=clock.now())
    await expect(screen.page.locator(".was")).to_contain_text("This appointment was moved. Before, it was ")
    await expect(screen.page.locator(".my-token")).to_contain_text("1")
    back = await moving.move_back(moved.id, by=ADMIN, now=clock.now())
    await expect(screen.page.locator(".my-token")).to_contain_text("4")
    await expect(screen.page.locator(".was")).to_have_count(0)
    await appointments.cancel(back.id, by=ADMIN, now=clock.now())
    await expect(screen.page.locator(".standing.off")).to_contain_text("This appointment is cancelled")


async def test_one_without_an_account_takes_another_time_by_his_link_while_the_doctor_is_late(
    waiting: Room, open_screen: Open
) -> None:
    screen = await (await open_screen()).goto(waiting.link(2))
    page = screen.page
    await expect(page.locator(".my-token")).to_contain_text("2")
    await expect(page.locator(".free-move")).to_have_count(0)
    await queue.run_late(waiting.doctor_id, timedelta(minutes=90), by=ADMIN, now=clock.now())
    await page.get_by_role("button", name="See other times").click()
    await page.get_by_role("button", name="Take this time").click()
    await expect(page.locator(".free-move .refusal")).to_have_text("Choose a time first.")
    # A day further on: by the keys alone, since that is how a screen reader chooses.
    await page.locator(".free-move summary").nth(1).press("Enter")
    day = page.locator(".free-move details").nth(1)
    await day.get_by_role("radio").first.focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowRight")
    time = await day.locator("label:has(:checked)").inner_text()
    await page.get_by_role("button", name="Take this time").click()
    await expect(page.locator(".was")).to_contain_text("This appointment was moved. Before, it was ")
    await expect(page.locator(".was")).to_be_in_viewport()
    await expect(page.locator(".standing .huge")).to_have_text(time)
    await expect(page.locator(".free-move")).to_have_count(0)
    moved = "SELECT source, patient_id FROM appointments WHERE rescheduled_from = %s AND status = 'booked'"
    assert len(screen.app.rows(moved, waiting.appointments[1])) == 1


async def test_a_link_that_was_cut_off_is_unknown_and_so_is_a_forged_one(waiting: Room, open_screen: Open) -> None:
    for link in (waiting.link(1)[:-1], waiting.link(1)[:-2] + "AA", "/v/nothing"):
        screen = await (await open_screen()).goto(link)
        await expect(screen.page.locator("main h1")).to_have_text("We do not know this appointment.")


@pytest.mark.chaos
async def test_a_killed_worker_and_a_killed_redis_leave_the_page_true(
    app: Running, waiting: Room, open_screen: Open, measured: Callable[[str, float], float]
) -> None:
    screen = await (await open_screen(rough=True)).goto(waiting.link(2))
    await expect(screen.page.locator(".my-token")).to_contain_text("2")
    for name, words, change, sight in (
        ("worker killed", ("cli", "serve"), waiting.check_in(2), "document.querySelector('.badge-line')"),
        ("redis killed", ("valkey-server",), waiting.start(2), "document.querySelector('.turn-now')"),
    ):
        seen = await screen.watch(sight, limit_ms=60_000)
        app.kill(*words)
        began = milliseconds()
        await change
        assert measured(f"visit page, {name}: healed after, ms", await seen() - began) < HEALED_WITHIN_MS


async def test_the_hindi_page_speaks_hindi(waiting: Room, open_screen: Open) -> None:
    screen = await (await open_screen()).goto("/hi" + waiting.link(1))
    await expect(screen.page.get_by_role("button", name="मैं आ गया हूँ")).to_be_visible()
    assert re.search("[\u0900-\u097f]", await screen.page.title())
