"""Signing in and out, and what each role is let see."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from playwright.async_api import expect

from cli.demo import PASSWORD
from tests.e2e.conftest import DOCTOR, Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen
from tests.people import PASSWORD as STRANGERS_PASSWORD


async def test_the_session_is_a_cookie_that_no_script_reads(open_screen: Open) -> None:
    screen = await open_screen()
    await _sign_in(screen, "patient@example.org", PASSWORD)
    await expect(screen.page).to_have_url(screen.base + "/")
    await expect(screen.page.get_by_role("button", name="Sign out")).to_be_visible()
    cookie, device = await _cookies(screen)
    assert (device["name"], device["httpOnly"], device["sameSite"]) == ("aarogya-device", True, "Strict")
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == ("aarogya", True, "Lax", "/")
    assert await screen.page.evaluate("document.cookie") == ""
    stored = await screen.page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    assert cookie["value"] not in stored
    assert not [frame for frame in screen.frames if cookie["value"] in frame]


async def test_a_wrong_password_is_told(open_screen: Open) -> None:
    for who, password in (("patient@example.org", "wrong"), ("nobody@example.org", PASSWORD)):
        screen = await open_screen()
        await _sign_in(screen, who, password)
        await expect(screen.page.get_by_role("alert")).to_have_text("The e-mail address or the password is not right.")
        assert [cookie["name"] for cookie in await screen.page.context.cookies()] == ["aarogya-form"]
        # What was typed is there again, but for the secret.
        await expect(screen.page.get_by_label("E-mail address")).to_have_value(who)
        await expect(screen.page.get_by_label("Password")).to_have_value("")


async def test_after_signing_out_no_page_knows_anyone(open_screen: Open, days: Iterator[date]) -> None:
    address = f"{DOCTOR}?day={next(days)}"
    screen = await open_screen()
    await _sign_in(screen, "patient@example.org", PASSWORD)
    await screen.page.wait_for_selector("form.account")
    other = await Screen(screen.app, await screen.page.context.new_page()).doctor(address)
    kept, _ = await _cookies(screen)
    for page in ("/appointments", address):
        await screen.goto(page)
    await screen.page.get_by_role("button", name="Sign out").click()
    await expect(screen.page.get_by_role("link", name="Sign in")).to_be_visible()
    assert [cookie["name"] for cookie in await _cookies(screen)] == ["aarogya-device"]
    screen.frames.clear()
    for page in ("/appointments", "/", address, "/day"):
        await screen.goto(page)
        await expect(screen.page.get_by_role("link", name="Sign in").first).to_be_visible()
        assert "Asha Kulkarni" not in await screen.page.content()
    assert not [frame for frame in screen.frames if "Asha Kulkarni" in frame]
    # The tab that was still open: a click finds that nobody is signed in any more.
    await other.click_slot(await other.open_slot())
    await expect(other.page).to_have_url(re.compile(r"/sign-in\?next="))
    # The old cookie itself opens nothing any more.
    await screen.page.context.add_cookies([kept])
    await screen.goto("/appointments")
    await expect(screen.page.get_by_role("button", name="Sign out")).to_have_count(0)


async def test_the_next_who_signs_in_in_the_same_tab_gets_nothing_of_the_last(
    open_screen: Open, days: Iterator[date]
) -> None:
    screen = await open_screen()
    await _sign_in(screen, "patient@example.org", PASSWORD)
    await screen.page.wait_for_selector("form.account")
    await screen.doctor(f"{DOCTOR}?day={next(days)}")
    await screen.goto("/appointments")
    assert [frame for frame in screen.frames if "Asha Kulkarni" in frame]
    await screen.goto("/sign-in")
    await screen.page.wait_for_selector("form.account")
    screen.frames.clear()
    await _fill_in(screen, "stranger@example.org", STRANGERS_PASSWORD)
    await screen.page.wait_for_selector("form.account")
    for page in ("/appointments", f"{DOCTOR}?day={next(days)}"):
        await screen.goto(page)
    assert [frame for frame in screen.frames if "Stranger" in frame]
    assert not [frame for frame in screen.frames if "Asha Kulkarni" in frame]


async def test_one_who_signs_in_to_hold_a_time_lands_on_that_day_again(open_screen: Open, days: Iterator[date]) -> None:
    day = next(days)
    screen = await (await open_screen()).doctor(f"{DOCTOR}?day={day}&mode=video")
    await screen.click_slot(await screen.open_slot())
    await expect(screen.page).to_have_url(re.compile(r"/sign-in\?next="))
    await _fill_in(screen, "patient@example.org", "not this one")
    await expect(screen.page.get_by_role("alert")).to_be_visible()
    await _fill_in(screen, "patient@example.org", PASSWORD)
    await expect(screen.page).to_have_url(f"{screen.base}{DOCTOR}?day={day}&mode=video")
    await screen.page.wait_for_selector(".slots .slot")
    await screen.hold(await screen.open_slot())
    await screen.let_go()


async def test_staff_starts_on_the_day_and_the_front_desk_at_the_desk(open_screen: Open) -> None:
    starts = {"doctor": ("/day", ".counts"), "admin": ("/day", ".counts"), "reception": ("/desk", ".under-grid")}
    for who, (path, sight) in starts.items():
        screen = await open_screen(wide=True)
        await _sign_in(screen, f"{who}@example.org", PASSWORD)
        await expect(screen.page).to_have_url(re.compile(f"{path}/?$"))
        await expect(screen.page.locator(sight)).to_be_visible()


async def test_a_receptionist_sees_the_doctors_of_her_clinic_and_no_others(app: Running, open_screen: Open) -> None:
    here = {str(row[0]) for row in app.rows("SELECT id FROM doctors WHERE clinic_id = 1 AND is_active")}
    ((elsewhere,),) = app.rows("SELECT min(id) FROM doctors WHERE clinic_id <> 1")
    screen = await (await open_screen("reception", wide=True)).goto(f"/day?doctor={elsewhere}")
    await expect(screen.page.locator(".counts")).to_be_visible()
    await expect(screen.page.locator("main header").get_by_label("Doctor").locator("option")).to_have_count(len(here))
    options = (
        await screen.page.locator("main header")
        .get_by_label("Doctor")
        .locator("option")
        .evaluate_all("all => all.map(o => o.value)")
    )
    assert set(options) == here
    assert await screen.page.locator("main header").get_by_label("Doctor").input_value() in here


async def test_a_doctor_sees_only_his_own_day(open_screen: Open) -> None:
    screen = await (await open_screen("doctor", wide=True)).goto("/day?doctor=2")
    await expect(screen.page.locator(".day .hint").first).to_have_text("Vd. Meera Joshi")
    await expect(screen.page.locator("main header").get_by_label("Doctor")).to_have_count(0)


async def test_a_patient_is_not_shown_the_day(open_screen: Open) -> None:
    for language, sentence in (("", "This page is for the clinic's staff."), ("/hi", "यह")):
        screen = await (await open_screen("patient")).goto(f"{language}/day?doctor=1")
        await expect(screen.page.locator("main h1")).to_contain_text(sentence)
        await expect(screen.page.locator(".counts, .bookings")).to_have_count(0)


async def test_an_appointment_of_another_does_not_exist(app: Running, open_screen: Open) -> None:
    ((another,),) = app.rows(
        "SELECT appointments.id FROM appointments JOIN patients ON patients.id = patient_id"
        " WHERE account_id IS DISTINCT FROM 1 AND status = 'booked' LIMIT 1"
    )
    for identity in (another, "00000000-0000-4000-8000-000000000000", "nonsense"):
        screen = await (await open_screen("patient")).goto(f"/appointment/{identity}")
        await expect(screen.page.locator("main h1")).to_have_text("We do not know this appointment.")
        await expect(screen.page.locator(".ticket")).to_have_count(0)


async def _cookies(screen: Screen) -> list[dict[str, Any]]:
    return sorted(await screen.page.context.cookies(), key=lambda cookie: cookie["name"])


async def _sign_in(screen: Screen, email: str, password: str) -> None:
    await screen.page.goto(screen.base + "/sign-in")
    await _fill_in(screen, email, password)


async def _fill_in(screen: Screen, email: str, password: str) -> None:
    form = screen.page.locator("main > form")
    # The page must know where to go on to before the form is sent.
    await screen.page.wait_for_selector("header form.account, header a[href$='/sign-in']", state="attached")
    await form.get_by_label("E-mail address").fill(email)
    await form.get_by_label("Password").fill(password)
    async with screen.page.expect_navigation():
        await form.get_by_role("button", name="Sign in").click()
