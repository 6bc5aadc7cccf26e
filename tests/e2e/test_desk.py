"""The desk's grid with two at the desk and a doctor: moved by hand and by keys, refused with its reason, taken back."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from core import clock
from models.doctor import Mode
from models.user import Role
from services import appointments
from services.permissions import Actor
from services.placing import Wish
from tests.e2e.book import book_silently, slots
from tests.e2e.conftest import PATIENT_ID, Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen
from tests.e2e.waiting import Room

ADMIN = Actor(user_id=4, role=Role.ADMIN, name="Admin")
SECOND = 1000.0
STANDS = "SELECT starts_at FROM appointments WHERE patient_id = %s AND day = %s AND status = 'booked'"


@pytest.fixture(autouse=True)
def put_away(app: Running) -> Iterator[None]:
    """What a test has booked is gone after it: the days come round again."""
    since = clock.now()
    yield
    app.rows(
        "UPDATE appointments SET status = 'cancelled' WHERE doctor_id = 1 AND status = 'booked' AND created_at >= %s",
        since,
    )
    app.rows("UPDATE doctor_days SET version = version + 1 WHERE doctor_id = 1")


async def booked(day: date) -> tuple[UUID, datetime, list[datetime]]:
    """Asha's appointment at the first open time of that day with two open ones after it; and those."""
    free = [slot.starts_at for slot in await slots(day) if slot.status == "open" and "in_person" in slot.modes]
    wish = Wish(patient_id=PATIENT_ID, doctor_id=1, starts_at=free[0], mode=Mode.IN_PERSON)
    made = await appointments.book_at(wish, by=ADMIN, now=clock.now())
    return made.id, free[0], free[1:]


def minute(moment: datetime) -> int:
    local = moment.astimezone(ZoneInfo("Asia/Kolkata"))
    return local.hour * 60 + local.minute


def stands_at(moment: datetime, name: str = "Asha") -> str:
    """Whether the grid has her there, and says that it is so."""
    where = f".placed[data-start=\\'{minute(moment)}\\']:not(.pending)"
    return f"[...document.querySelectorAll('{where}')].some((each) => each.textContent.includes('{name}'))"


async def desk(screen: Screen, day: date) -> Page:
    await screen.goto(f"/desk?clinic=1&day={day}")
    await screen.page.wait_for_selector(".desk-grid .placed", state="attached")
    return screen.page


async def test_what_is_moved_by_hand_all_see_within_a_second_and_in_whose_hand_it_is(
    each_app: Running,
    open_screen: Open,
    services: None,
    days: Iterator[date],
    measured: Callable[[str, float], float],
) -> None:
    day = next(days)
    identity, before, free = await booked(day)
    screens = [await open_screen(who, at=each_app, wide=True) for who in ("reception", "admin", "doctor")]
    mine, *_ = [await desk(screen, day) for screen in screens]
    element = mine.locator(f'.placed[data-id="{identity}"]')
    await element.scroll_into_view_if_needed()
    box = await element.bounding_box()
    assert box is not None
    held = [await screen.watch(f"document.querySelector('[data-id=\"{identity}\"] .hand')") for screen in screens[1:]]
    began = clock.now().timestamp() * SECOND
    await mine.mouse.move(box["x"] + 20, box["y"] + 8)
    await mine.mouse.down()
    await mine.mouse.move(box["x"] + 40, box["y"] + 20, steps=3)
    for moment in held:
        assert measured("desk: in whose hand it is, ms", await moment() - began) < 3 * SECOND
    lit = mine.locator(f'.lit[data-key="1:{day}"] i')
    there = next(each for each in free if minute(each) - minute(before) >= 20)
    await expect(lit.first).to_be_attached()
    # The places that are lit are the open ones; one of them is wished.
    offset = (minute(there) - minute(before)) * 1.75
    await mine.mouse.move(box["x"] + 20, box["y"] + 8 + offset, steps=6)
    await expect(mine.locator(".landing")).to_be_visible()
    moved = [await screen.watch(stands_at(there)) for screen in screens]
    dropped = clock.now().timestamp() * SECOND
    await mine.mouse.up()
    for moment in moved:
        assert measured("desk: a move on every screen, ms", await moment() - dropped) < 2 * SECOND
    assert (there,) in each_app.rows(STANDS, PATIENT_ID, day)
    await expect(mine.locator(".toast")).to_contain_text("Moved to")
    back = [await screen.watch(stands_at(before)) for screen in screens]
    await mine.keyboard.press("Control+z")
    for moment in back:
        await moment()
    assert (before,) in each_app.rows(STANDS, PATIENT_ID, day)
    await expect(screens[1].page.locator(".hand")).to_have_count(0)


async def test_the_keys_alone_move_it_and_every_step_is_said(
    app: Running, open_screen: Open, services: None, days: Iterator[date]
) -> None:
    day = next(days)
    identity, before, free = await booked(day)
    screen = await open_screen("reception", wide=True)
    page = await desk(screen, day)
    said = page.locator(".desk-grid > [role=status]")
    await page.locator(f'.placed[data-id="{identity}"]').focus()
    await page.keyboard.press("Enter")
    await expect(said).to_contain_text("is picked up")
    await page.keyboard.press("Escape")
    await expect(said).to_have_text("Put back where it was.")
    await expect(page.locator(f'.placed[data-id="{identity}"]')).to_be_focused()
    await page.keyboard.press(" ")
    await expect(page.locator(".lit i").first).to_be_attached()
    await page.keyboard.press("ArrowDown")
    await expect(said).to_have_text(re.compile(r"\d+:\d\d (am|pm), Vd\. Meera Joshi"))
    await page.keyboard.press("Enter")
    await screen.sees(stands_at(free[0]))
    await expect(said).to_contain_text("Moved to")
    assert (free[0],) in app.rows(STANDS, PATIENT_ID, day)
    await screen.sees("document.activeElement.textContent.includes('Asha')")
    assert before != free[0]
    # The same from the card's list.
    await page.keyboard.press("m")
    await page.get_by_role("button", name="Move to…").click()
    await page.locator(".about-one section", has_text="Meera Joshi").locator(".start").first.click()
    await screen.sees(stands_at(before))


async def test_a_refused_move_returns_with_its_reason_and_three_open_times(
    app: Running, open_screen: Open, services: None, days: Iterator[date]
) -> None:
    day = next(days)
    identity, before, free = await booked(day)
    screen = await open_screen("reception", wide=True)
    page = await desk(screen, day)
    element = page.locator(f'.placed[data-id="{identity}"]')
    await element.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".lit i").first).to_be_attached()
    await page.keyboard.press("ArrowDown")
    # Somebody is faster, and the screen has not heard of it yet.
    book_silently(app, day, free[0])
    await page.keyboard.press("Enter")
    why = page.locator(".toast.refused")
    await expect(why).to_contain_text("with Vd. Meera Joshi was booked")
    await expect(why).to_contain_text("at the front desk")
    await expect(why).to_contain_text("are free.")
    await screen.sees(stands_at(before))
    assert (before,) in app.rows(STANDS, PATIENT_ID, day)
    others = page.locator(".other-times button")
    await expect(others).to_have_count(3)
    await others.last.click()
    await expect(page.locator(".toast")).to_contain_text("Moved to")
    ((now_at,),) = app.rows("SELECT starts_at FROM appointments WHERE rescheduled_from = %s", identity)
    assert now_at in free[1:]
    await screen.sees(stands_at(now_at))


async def test_an_open_time_is_given_to_one_who_telephones(
    app: Running, open_screen: Open, services: None, days: Iterator[date]
) -> None:
    day = next(days)
    free = [slot.starts_at for slot in await slots(day) if slot.status == "open"]
    screen = await open_screen("reception", wide=True)
    page = await desk(screen, day)
    other = await desk(await open_screen("admin", wide=True), day)
    place = f'.lane[data-key="1:{day}"] .free[data-start="{minute(free[-1])}"]'
    await page.locator(place).click()
    # While the sheet is open the other desk sees whose hand that time is in.
    await other.wait_for_selector(f"{place}.in-hand .hand", state="attached")
    await page.keyboard.press("Escape")
    await other.wait_for_selector(f"{place}:not(.in-hand)", state="attached")
    await page.locator(place).click()
    sheet = page.locator("dialog#book-here")
    await expect(sheet).to_contain_text("Vd. Meera Joshi")
    await sheet.get_by_label("Phone number").fill("+919812300099")
    await sheet.get_by_label("Name").fill("Telephones Late")
    await sheet.get_by_role("button", name="Book").click()
    await screen.sees(stands_at(free[-1], "Telephones Late"))
    await expect(sheet).to_be_hidden()
    assert app.rows("SELECT source FROM appointments WHERE starts_at = %s AND doctor_id = 1", free[-1]) == [("phone",)]


async def test_the_keys_bring_it_to_another_therapist_and_that_is_taken_back(
    app: Running, open_screen: Open, services: None, days: Iterator[date]
) -> None:
    day = next(days)
    identity, before, _ = await booked(day)
    add = "INSERT INTO therapists (clinic_id, name) VALUES (1, %s) RETURNING id"
    (first,), (second,) = app.rows(add, "Zoya First"), app.rows(add, "Zoya Second")
    app.rows("UPDATE appointments SET therapist_id = %s WHERE id = %s", first[0], identity)
    app.rows("UPDATE doctor_days SET version = version + 1 WHERE doctor_id = 1 AND day = %s", day)
    screen = await open_screen("reception", wide=True)
    await screen.goto(f"/desk?clinic=1&day={day}&by=therapist")
    page, given = screen.page, "SELECT therapist_id, token, starts_at FROM appointments WHERE id = %s"
    ((_, token, _),) = app.rows(given, identity)
    await page.locator(f'.lane[data-key="therapist{first[0]}:{day}"] .placed[data-id="{identity}"]').focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(f'.lit[data-key="therapist{second[0]}:{day}"] i').first).to_be_attached()
    await page.keyboard.press("ArrowRight")
    await expect(page.locator(".desk-grid > [role=status]")).to_contain_text("Zoya Second")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast")).to_contain_text("Zoya Second")
    await page.wait_for_selector(f'.lane[data-key="therapist{second[0]}:{day}"] .placed:not(.pending)')
    assert app.rows(given, identity) == [(second[0], token, before)]
    await page.keyboard.press("Control+z")
    await page.wait_for_selector(f'.lane[data-key="therapist{first[0]}:{day}"] .placed')
    assert app.rows(given, identity) == [(first[0], token, before)]
    app.rows("UPDATE therapists SET is_active = false WHERE id = ANY(%s)", [first[0], second[0]])


async def test_who_comes_is_checked_in_by_one_key_on_his_place_and_from_what_stands_beside_it(
    app: Running, open_screen: Open, services: None, waiting: Room
) -> None:
    screen = await open_screen("admin", wide=True)
    await screen.goto(f"/desk?clinic={waiting.clinic_id}")
    page, (first, *_, last) = screen.page, waiting.appointments
    await page.locator(f'.placed[data-id="{first}"]').focus()
    await page.keyboard.press("c")
    await page.wait_for_selector(f'.placed.checked_in[data-id="{first}"]')
    await page.locator(f'.placed[data-id="{last}"]').click()
    await page.locator(".about-one").get_by_role("button", name="Check in", exact=True).click()
    await page.wait_for_selector(f'.placed.checked_in[data-id="{last}"]')
    stands = "SELECT status FROM appointments WHERE id = ANY(%s)"
    assert app.rows(stands, [first, last]) == [("checked_in",)] * 2


async def test_the_days_and_columns_are_chosen_and_stand_in_the_address(open_screen: Open) -> None:
    screen = await open_screen("reception", wide=True)
    page = await desk(screen, clock.local_day(clock.now(), "Asia/Kolkata") + timedelta(days=3))
    # What can be seen through is painted anew with every step that it is scrolled.
    ground = await page.locator(".desk-grid .scroll").evaluate("each => getComputedStyle(each).backgroundColor")
    assert ground.startswith("rgb(")
    await page.get_by_role("button", name="3 days").click()
    await expect(page).to_have_url(re.compile("days=3"))
    await screen.sees("document.querySelector('.desk-grid').dataset.days === '3'")
    await page.get_by_label("Show").select_option("1")
    await screen.sees("document.querySelectorAll('.lane').length === 3")
    await expect(page).to_have_url(re.compile("only=1"))
    await screen.reload()
    await screen.sees("document.querySelectorAll('.lane').length === 3")
    await page.get_by_role("button", name="Rooms").click()
    await screen.sees("[...document.querySelectorAll('.lane')].every((lane) => lane.dataset.key.startsWith('room'))")
    await screen.goto("/desk?days=7")
    await screen.sees("document.querySelector('.lane.today')?.getBoundingClientRect().left < innerWidth / 2")
