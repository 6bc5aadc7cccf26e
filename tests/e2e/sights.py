"""What there is to see: each page as it stands in the middle of its use, and who sees it so."""

from collections.abc import Awaitable, Callable
from datetime import date

from playwright.async_api import expect

from tests.e2e.conftest import DOCTOR
from tests.e2e.screen import Screen
from tests.e2e.waiting import Room, room


async def _search(screen: Screen, _day: date) -> None:
    await screen.goto("/?city=Pune")
    await screen.page.wait_for_selector(".card h2")


async def _hold(screen: Screen, day: date) -> None:
    await screen.doctor(f"{DOCTOR}?day={day}")
    await screen.hold(await screen.open_slot())
    await expect(screen.page.locator(".slot.mine")).to_be_visible()
    # Of two pushes one can be the first, and the time that is one's own is for a moment still a button that is on.
    await screen.page.evaluate("for (const each of document.querySelectorAll('.slot.mine')) each.disabled = false")
    # In its last minute.
    await screen.page.locator(".countdown").evaluate("each => { each.dataset.until = each.dataset.read; }")
    await expect(screen.page.locator(".countdown.short")).to_have_text("0:00")


async def _ticket(screen: Screen, _day: date) -> None:
    await screen.goto("/appointments")
    await screen.page.locator(".line", has=screen.page.locator(".status.booked")).first.click()
    await screen.page.get_by_role("button", name="Cancel the appointment").click()
    await expect(screen.page.get_by_role("button", name="No, keep it")).to_be_focused()


async def _appointments(screen: Screen, _day: date) -> None:
    await screen.goto("/appointments")
    await screen.page.wait_for_selector(".line")


async def _sign_in(screen: Screen, _day: date) -> None:
    await screen.goto("/sign-in?error=wrong_credentials")


async def _register(screen: Screen, _day: date) -> None:
    await screen.goto("/register?error=weak_password")


async def _account(screen: Screen, _day: date) -> None:
    await screen.goto("/account")
    await screen.page.wait_for_selector(".rows li")
    await screen.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")


async def _day(screen: Screen, _day: date) -> None:
    await screen.goto(f"/day?doctor={_in_full_swing(screen).doctor_id}")
    await expect(screen.page.locator(".inside-now .booking")).to_be_visible()
    await screen.page.locator(".spot.next .menu summary").click()
    await expect(screen.page.locator(".spot.next .choices")).to_be_visible()


async def _walk_in(screen: Screen, _day: date) -> None:
    await screen.goto(f"/day?doctor={_in_full_swing(screen).doctor_id}")
    await expect(screen.page.locator(".spot.next .booking")).to_be_visible()
    await screen.page.get_by_role("button", name="Add walk-in").click()
    await expect(screen.page.locator("#walk-in .waits .choice").nth(1)).to_be_visible()


async def _week(screen: Screen, _day: date) -> None:
    await screen.goto("/week")
    await screen.page.wait_for_selector(".taken:visible, .days button:visible")
    await screen.page.get_by_role("button", name="Hours", exact=True).click()
    await screen.page.wait_for_selector(".made summary")


async def _desk(screen: Screen, day: date) -> None:
    await screen.goto(f"/desk?day={day}")
    await screen.page.locator(".placed.movable").first.click()
    await expect(screen.page.locator(".about-one")).to_be_visible()


async def _visit(screen: Screen, _day: date) -> None:
    await screen.goto(room(screen.app).link(1))
    await screen.page.get_by_label("Code of the day").fill("12")
    await expect(screen.page.locator(".my-token")).to_be_visible()


async def _next(screen: Screen, _day: date) -> None:
    await screen.goto(_in_full_swing(screen).link(2))
    await expect(screen.page.locator(".standing.next .late")).to_be_visible()


async def _turn(screen: Screen, _day: date) -> None:
    await screen.goto(_in_full_swing(screen).link(1))
    await expect(screen.page.locator(".turn-now")).to_be_visible()


async def _wall(screen: Screen, _day: date) -> None:
    await screen.page.goto(f"{screen.base}/board/{_in_full_swing(screen).slug}")
    await expect(screen.page.locator(".desk .now strong")).to_have_text("1")


async def _wall_cut_off(screen: Screen, _day: date) -> None:
    await _wall(screen, _day)
    # Nothing was heard for a minute and a half.
    await screen.page.locator("wall-screen").evaluate("wall => { wall.read = Date.now() - 90_000; }")
    await expect(screen.page.locator("wall-screen .age")).not_to_be_empty()


async def _patients(screen: Screen, _day: date) -> None:
    await screen.goto("/patients?patient=1")
    await expect(screen.page.locator("patient-card h2")).to_have_text("Asha Kulkarni")
    await screen.page.get_by_role("combobox", name="Find a patient").fill("kul")
    await screen.page.wait_for_selector("find-patient:not(.waits) [role=option]")


async def _queue_rule(screen: Screen, _day: date) -> None:
    await screen.goto("/queue-rule")
    await expect(screen.page.locator("blockquote")).to_contain_text("mergenc")


async def _cash(screen: Screen, _day: date) -> None:
    await screen.goto("/cash")
    await expect(screen.page.get_by_role("heading", name="Cash sheet")).to_be_visible()


async def _staff(screen: Screen, _day: date) -> None:
    await screen.goto("/staff")
    await screen.page.locator(".entry").get_by_role("button", name="Deactivate").first.click()
    await expect(screen.page.get_by_role("button", name="Yes, deactivate")).to_be_visible()


async def _chart(screen: Screen, _day: date) -> None:
    await screen.page.goto(screen.base + "/patient/1")
    await expect(screen.page.get_by_role("heading", name="Kulkarni")).to_be_visible()


async def _book(screen: Screen, _day: date) -> None:
    await screen.goto("/book")
    await screen.page.wait_for_selector(".desk-book .time")


async def _rearrange(screen: Screen, day: date) -> None:
    await screen.goto(f"/rearrange?doctor=1&day={day}&kind=some")
    await screen.page.get_by_role("button", name="Show whom it meets").click()
    await screen.page.locator(".met .tick input").first.check()


async def _waitlist(screen: Screen, _day: date) -> None:
    there = room(screen.app)
    # One may be offered a time at once, the other none by himself: his days are beyond the book.
    for ahead, appointment in ((2, there.appointments[0]), (300, there.appointments[1])):
        screen.app.rows(
            "INSERT INTO waitlist_entries (id, doctor_id, patient_id, first_day, last_day, mode, visit_type, weekdays,"
            " status, version, created_at, updated_at) SELECT gen_random_uuid(), doctor_id, patient_id,"
            " CURRENT_DATE + %s::int, CURRENT_DATE + %s::int + 10, 'in_person', 'first_visit', '{}', 'waiting', 1,"
            " now(), now() FROM appointments WHERE id = %s",
            ahead,
            ahead,
            appointment,
        )
    await screen.goto(f"/waitlist?clinic={there.clinic_id}&doctor={there.doctor_id}")
    await expect(screen.page.locator(".offers > li")).to_have_count(1)
    await screen.page.get_by_role("button", name="Offer to another").click()
    await expect(screen.page.get_by_label("Reason")).to_be_visible()


async def _slip(screen: Screen, _day: date) -> None:
    await screen.page.goto(f"{screen.base}/slip/{room(screen.app).appointments[0]}")
    await expect(screen.page.locator(".slip-token")).to_have_text("1")


async def _note(screen: Screen, _day: date) -> None:
    (visit,) = screen.app.rows("SELECT id FROM appointments WHERE doctor_id = 1 AND status = 'completed' LIMIT 1")[0]
    await screen.page.goto(f"{screen.base}/notes/{visit}")
    await expect(screen.page.locator("visit-note textarea")).to_be_visible()


async def _second_factor(screen: Screen, _day: date) -> None:
    await screen.goto("/account/security")
    await expect(screen.page.get_by_role("heading", level=1)).to_be_visible()


def _in_full_swing(screen: Screen) -> Room:
    """A day that runs late: one is inside, two wait, one is still to come."""
    there = room(screen.app)
    screen.app.rows(
        "UPDATE appointments SET status = CASE token WHEN 1 THEN 'in_consultation' WHEN 4 THEN 'booked'"
        " ELSE 'checked_in' END, checked_in_at = now(), started_at = CASE token WHEN 1 THEN now() END"
        " WHERE doctor_id = %s",
        there.doctor_id,
    )
    screen.app.rows("UPDATE doctor_days SET delay_minutes = 20 WHERE doctor_id = %s", there.doctor_id)
    return there


SIGHTS: dict[str, tuple[str | None, Callable[[Screen, date], Awaitable[None]]]] = {
    "search": (None, _search),
    "doctor with a hold": ("patient", _hold),
    "ticket": ("patient", _ticket),
    "appointments": ("patient", _appointments),
    "sign-in": (None, _sign_in),
    "register": (None, _register),
    "account": ("patient", _account),
    "day": ("admin", _day),
    "walk-in": ("admin", _walk_in),
    "week": ("doctor", _week),
    "desk": ("reception", _desk),
    "booking at the desk": ("reception", _book),
    "many at once": ("reception", _rearrange),
    "visit by link": (None, _visit),
    "next in line": (None, _next),
    "my turn": (None, _turn),
    "waiting room": (None, _wall),
    "waiting room cut off": (None, _wall_cut_off),
    "patients": ("admin", _patients),
    "queue rule": ("admin", _queue_rule),
    "cash sheet": ("reception", _cash),
    "slip": ("admin", _slip),
    "waitlist": ("admin", _waitlist),
    "staff": ("admin", _staff),
    "chart": ("patient", _chart),
    "note": ("doctor", _note),
    "second factor": ("doctor", _second_factor),
}
