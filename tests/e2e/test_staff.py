"""The staff in a browser: the second factor from first to last, an invitation, and a chart opened with a reason."""

import re
from collections.abc import Iterator

import pyotp
import pytest
from playwright.async_api import Browser, Page, StorageState, expect

from cli.demo import PASSWORD as DEMO_PASSWORD
from core import clock
from tests.e2e.conftest import Open, signed_in
from tests.e2e.running import Running
from tests.e2e.screen import Screen
from tests.mailbox import Mailbox
from tests.people import PASSWORD, password_hash

ADMIN_ID = 900_002
NEWCOMER = "newcomer@example.org"


@pytest.fixture
def admin(app: Running) -> Iterator[str]:
    """A real administrator beside the demo's, who has no second factor yet."""
    app.rows(
        "INSERT INTO users (id, email, name, role, password_hash, language, is_demo, created_at)"
        " VALUES (%s, 'real@example.org', 'Real Admin', 'admin', %s, 'en', false, now())",
        ADMIN_ID,
        password_hash(),
    )
    yield "real@example.org"
    for table in ("recovery_codes", "sessions"):
        app.rows(f"DELETE FROM {table} WHERE user_id = %s", ADMIN_ID)
    app.rows("DELETE FROM users WHERE id = %s", ADMIN_ID)


async def sign_in(screen: Screen, email: str, password: str = PASSWORD) -> None:
    await screen.goto("/sign-in")
    form = screen.page.locator("form").filter(has=screen.page.get_by_label("Password"))
    await form.get_by_label("E-mail address").fill(email)
    await form.get_by_label("Password").fill(password)
    await form.get_by_role("button", name="Sign in").click()


async def give(page: Page, code: str, button: str = "Continue") -> None:
    await page.get_by_label("Code").fill(code)
    await page.get_by_role("button", name=button).click()


async def test_an_administrator_sets_up_a_second_factor_and_signs_in_with_it(
    app: Running, admin: str, open_screen: Open
) -> None:
    # A wrong code is answered with 403, which the console notes as an error.
    screen = await open_screen(rough=True)
    page = screen.page
    await sign_in(screen, admin)
    await expect(page.get_by_role("heading", name="Set up your second factor")).to_be_visible()
    await expect(page.get_by_role("img", name="Picture for the authenticator app").locator("svg")).to_be_visible()
    device = pyotp.TOTP((await page.locator("code.secret").inner_text()).replace(" ", ""))
    await screen.goto("/staff")
    await expect(page.get_by_role("heading", name="Please sign in first.")).to_be_visible()
    await page.goto(screen.base + "/second-factor")
    # Asked for anew, another secret is shown: the first one is void.
    await give(page, device.at(clock.now()), "Turn it on")
    await expect(page.get_by_role("alert")).to_contain_text("This code is not right")
    device = pyotp.TOTP((await page.locator("code.secret").inner_text()).replace(" ", ""))
    pending = (await page.context.cookies())[0]["value"]
    await give(page, device.at(clock.now()), "Turn it on")
    codes = await page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10
    assert (await page.context.cookies())[0]["value"] != pending
    await page.get_by_role("link", name="I have written them down").click()
    await expect(page).to_have_url(re.compile("/day"))
    # A code of the next step: it is good already, and the one before is used.
    used = device.at(clock.now(), counter_offset=1)
    for number, code in enumerate((used, codes[0])):
        await page.get_by_role("button", name="Sign out").click()
        await sign_in(screen, admin)
        await expect(page.get_by_role("heading", name="One more code")).to_be_visible()
        if number:
            # The code that the device still shows was taken before.
            await give(page, used)
            await expect(page.get_by_role("alert")).to_contain_text("it was used already")
        await give(page, code)
        await expect(page).to_have_url(re.compile("/day"))
        await expect(page.locator("form.account")).to_be_visible()
    with app.redis() as redis:
        kept = b"\n".join(redis.get(key) or b"" for key in redis.scan_iter() if redis.type(key) == b"string")
    assert device.secret.encode() not in kept
    assert not [code for code in codes if code.encode() in kept]


async def test_one_who_is_invited_joins_and_stands_at_the_day(app: Running, open_screen: Open) -> None:
    admin = await (await open_screen("admin", wide=True)).goto("/staff")
    await admin.page.get_by_label("Name").fill("New Comer")
    await admin.page.get_by_label("E-mail address").fill("doctor@example.org")
    await admin.page.locator("select[name=clinic]").select_option(index=1)
    send = admin.page.get_by_role("button", name="Send the invitation")
    await send.click()
    await expect(admin.page.get_by_role("alert")).to_be_visible()
    # What was refused is mended, not typed anew.
    await expect(admin.page.get_by_label("Name")).to_have_value("New Comer")
    await admin.page.get_by_label("E-mail address").fill(NEWCOMER)
    await send.click()
    await expect(admin.page.get_by_role("heading", name="Open invitations")).to_be_visible()
    code = _code_of_the_letter(app)
    joining = await (await open_screen()).goto("/join")
    await joining.page.get_by_label("E-mail address").fill(NEWCOMER)
    await joining.page.get_by_label("Code from the letter").fill(code)
    await joining.page.get_by_label(re.compile("new password")).fill("twelve-or-more")
    await joining.page.get_by_role("button", name="Join").click()
    await expect(joining.page).to_have_url(re.compile("/desk"))
    await expect(joining.page.get_by_role("button", name="Sign out")).to_be_visible()
    await admin.reload()
    line = admin.page.locator(".entry").filter(has_text="New Comer")
    await line.get_by_role("button", name="Deactivate").click()
    await line.get_by_role("button", name="Yes, deactivate").click()
    await expect(line.get_by_text("Deactivated")).to_be_visible()
    # Out at once, without touching anything.
    await expect(joining.page.get_by_role("link", name="Sign in").first).to_be_visible()
    app.rows("DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE email = %s)", NEWCOMER)
    app.rows("DELETE FROM users WHERE email = %s", NEWCOMER)
    app.rows("DELETE FROM invitations")


def _code_of_the_letter(app: Running) -> str:
    """The code as it stands in the letter that the app's worker has delivered."""
    box = Mailbox(app.folder)
    app.until(10, lambda: box.mail(NEWCOMER))
    (found,) = re.findall(r"\b[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}\b", box.mail(NEWCOMER)[-1].get_content())
    return str(found)


async def test_a_chart_outside_the_doctors_day_opens_with_a_reason_that_the_administrator_sees(
    app: Running, open_screen: Open
) -> None:
    ((patient_id, name),) = app.rows(
        "SELECT patients.id, patients.name FROM appointments a JOIN patients ON patients.id = a.patient_id"
        " WHERE a.doctor_id = 1 AND a.status IN ('completed', 'booked') AND NOT EXISTS (SELECT FROM appointments b"
        " WHERE b.patient_id = a.patient_id AND b.day BETWEEN current_date - 1 AND current_date + 1) LIMIT 1"
    )
    # The question is answered with 403, which the console notes as an error.
    doctor = await open_screen("doctor", rough=True)
    await doctor.page.goto(f"{doctor.base}/patient/{patient_id}")
    assert name not in await doctor.page.content()
    await expect(doctor.page.get_by_text("recorded and shown to the administrators")).to_be_visible()
    await doctor.page.get_by_label("Reason").fill("She telephoned about her medicine.")
    await doctor.page.get_by_role("button", name="Open the chart").click()
    await expect(doctor.page.get_by_role("heading", name=name)).to_be_visible()
    await expect(doctor.page.get_by_role("status")).to_contain_text("Opened with a reason until")
    admin = await (await open_screen("admin", wide=True)).goto("/day")
    await admin.page.get_by_role("link", name="Opened charts to look at").click()
    entry = admin.page.locator(".entry").filter(has_text=name)
    await expect(entry).to_contain_text("She telephoned about her medicine.")
    await expect(entry).to_contain_text("Meera Joshi")
    await entry.get_by_role("button", name="Mark as seen").click()
    await expect(entry).to_contain_text("Seen by Nikhil Rao")
    app.rows("DELETE FROM chart_openings")


async def test_the_day_leads_to_the_charts_of_its_patients(open_screen: Open) -> None:
    screen = await (await open_screen("doctor", wide=True)).goto("/day")
    link = screen.page.locator(".booking .patient a").first
    await link.wait_for(state="attached")
    # In the evening all of them are done, and folded away.
    await screen.page.evaluate("document.querySelectorAll('details.group').forEach(each => each.open = true)")
    name = await link.inner_text()
    await link.click()
    await expect(screen.page.get_by_role("heading", name=name)).to_be_visible()


async def test_a_doctor_turns_his_second_factor_on_and_off_again(
    app: Running, open_screen: Open, browser: Browser, cookies: dict[str, StorageState]
) -> None:
    screen = await open_screen()
    await sign_in(screen, "doctor@example.org", DEMO_PASSWORD)
    await screen.page.wait_for_selector("form.account")
    await screen.goto("/account/security")
    await screen.page.get_by_label("Your password, once more").fill(DEMO_PASSWORD)
    await screen.page.get_by_role("button", name="Set it up").click()
    device = pyotp.TOTP((await screen.page.locator("code.secret").inner_text()).replace(" ", ""))
    await give(screen.page, device.at(clock.now()), "Turn it on")
    await screen.page.get_by_role("link", name="I have written them down").click()
    await expect(screen.page.get_by_role("status")).to_contain_text("Recovery codes left: 10")
    off = screen.page.locator("section").filter(has_text="signed out on all other devices")
    await off.get_by_label("A code that your device shows").fill(device.at(clock.now(), counter_offset=1))
    await off.get_by_role("button", name="Turn it off").click()
    await expect(screen.page.get_by_role("status")).to_have_text("Off")
    assert app.rows("SELECT totp_sealed FROM users WHERE id = 2") == [(None,)]
    # That has ended all of his other sessions.
    cookies["doctor"] = await signed_in(app, browser, "doctor")
