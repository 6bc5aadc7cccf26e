"""An account from its first day on: register, read the code, sign in elsewhere, and out everywhere."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen
from tests.mailbox import Mailbox

NAME, PASSWORD = "Neha Shah", "a sentence of mine"


@pytest.fixture
def email(app: Running) -> Iterator[str]:
    """An address of nobody; what registers with it is taken away again, for other tests count accounts."""
    address = f"neha.{time.time_ns()}@example.org"
    yield address
    mine = "(SELECT id FROM users WHERE email = %s OR name IN (%s, '—'))"
    for table, column in (("one_time_codes", "user_id"), ("sessions", "user_id"), ("patients", "account_id")):
        app.rows(f"DELETE FROM {table} WHERE {column} IN {mine}", address, NAME)
    app.rows(f"DELETE FROM users WHERE id IN {mine}", address, NAME)


def code_for(app: Running, to: str, *, number: int = 1) -> str:
    """The code in the mail that the app's worker has delivered: the first, the second, …"""
    box = Mailbox(Path(app.folder))
    app.until(10, lambda: len(box.mail(to)) >= number)
    (digits,) = re.findall(r"\b\d{6}\b", box.mail(to)[-1].get_content())
    return str(digits)


def contents(file: Path) -> Any:
    return json.loads(file.read_text())


async def register(screen: Screen, email: str) -> None:
    await screen.goto("/sign-in")
    await screen.page.get_by_role("link", name="Create an account").click()
    await screen.page.get_by_label("Your name").fill(NAME)
    await screen.page.get_by_label("E-mail address").fill(email)
    await screen.page.get_by_label("Password").fill("password123")
    await screen.page.get_by_role("checkbox").check()
    await screen.page.get_by_role("button", name="Create the account").click()
    # What was typed is there again, but for the secret, and the address of the page names nobody.
    await expect(screen.page.get_by_role("alert")).to_contain_text("at least 10 characters")
    await expect(screen.page.get_by_label("E-mail address")).to_have_value(email)
    assert "neha" not in screen.page.url
    await screen.page.get_by_label("Password").fill(PASSWORD)
    await screen.page.get_by_role("checkbox").check()
    await screen.page.get_by_role("button", name="Create the account").click()
    await expect(screen.page.get_by_text(email)).to_be_visible()


async def test_register_verify_sign_in_elsewhere_and_out_everywhere(
    open_screen: Open, app: Running, email: str, measured: Callable[[str, float], float]
) -> None:
    desk, phone = await open_screen(wide=True), await open_screen()
    await register(desk, email)
    field = desk.page.get_by_label("Code")
    assert await field.get_attribute("autocomplete") == "one-time-code"
    assert await field.get_attribute("inputmode") == "numeric"
    await field.fill("000000")
    await desk.page.get_by_role("button", name="Confirm").click()
    await expect(desk.page.get_by_role("alert")).to_contain_text("That code is not right")
    await desk.page.get_by_label("Code").fill(code_for(app, email))
    await desk.page.get_by_role("button", name="Confirm").click()
    await desk.page.get_by_role("link", name="My account").click()

    await phone.goto("/sign-in")
    await phone.page.get_by_role("link", name="Send me a code instead").click()
    await phone.page.get_by_label("E-mail address or telephone").fill(email)
    await phone.page.get_by_role("button", name="Send me a code").click()
    await phone.page.get_by_label("Code").fill(code_for(app, email, number=2))
    await phone.page.get_by_role("button", name="Sign in", exact=True).click()
    await phone.page.wait_for_selector("form.account")

    await desk.goto("/account")
    await expect(desk.page.locator(".rows li", has_text="Chrome on Linux")).to_have_count(2)
    await expect(desk.page.get_by_text("this device")).to_have_count(1)
    # The phone is in its owner's pocket: nobody touches it.
    await phone.note_the_end()
    clicked = time.time() * 1000
    await desk.page.get_by_role("button", name="Sign out everywhere").click()
    await expect(desk.page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(phone.page.locator("header a[href$='/sign-in']")).to_be_attached()
    took = measured("signed out everywhere: the other device after, ms", await phone.told_of_the_end() - clicked)
    assert took <= 1000
    for screen in (desk, phone):
        await screen.goto("/account")
        await expect(screen.page.get_by_text("Please sign in first.")).to_be_visible()
        assert NAME not in await screen.page.content()


async def test_an_account_is_looked_after_and_deleted_on_one_page(open_screen: Open, app: Running, email: str) -> None:
    screen = await open_screen()
    await register(screen, email)
    await screen.page.get_by_label("Code").fill(code_for(app, email))
    await screen.page.get_by_role("button", name="Confirm").click()
    await screen.page.wait_for_selector("form.account")
    await screen.goto("/account")
    await screen.page.get_by_text("Add someone").click()
    adding = screen.page.locator("form[action='/auth/account/family']")
    await adding.get_by_label("Name").fill("Rohan Shah")
    await adding.get_by_label("Date of birth").fill("2017-08-02")
    await adding.get_by_role("button", name="Add").click()
    await expect(screen.page.locator(".rows").first).to_contain_text("Rohan Shah2 August 2017")
    async with screen.page.expect_download() as download:
        await screen.page.get_by_role("button", name="Take my data with me").click()
    whole = contents(await (await download.value).path())
    assert [person["name"] for person in whole["family"]] == [NAME, "Rohan Shah"]
    await screen.page.get_by_text("Delete my account").first.click()
    erasing = screen.page.locator("form[action='/auth/account/erase']")
    await erasing.get_by_label("Present password").fill(PASSWORD)
    await erasing.get_by_role("button", name="Delete my account").click()
    await expect(screen.page.get_by_role("status")).to_have_text("Your account is deleted.")
    assert app.rows("SELECT 1 FROM users WHERE email = %s", email) == []


async def test_nothing_of_an_account_is_in_the_logs_or_addresses(app: Running, open_screen: Open, email: str) -> None:
    screen = await open_screen()
    addresses: list[str] = []
    screen.page.on("request", lambda request: addresses.append(request.url))
    await register(screen, email)
    code = code_for(app, email)
    said = app.said + " ".join(addresses)
    assert not [word for word in (email, PASSWORD, NAME, f'"{code}"') if word in said]
