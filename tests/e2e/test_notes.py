"""The doctor's note in a real browser: it saves itself, outlives a lost network, and two windows lose nothing."""

import re

import pytest
from playwright.async_api import Route, expect

from tests.e2e.conftest import Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen

SAID = "Vata is high; triphala at night."
SAVED = re.compile(r"^Saved \d")


@pytest.fixture
def address(app: Running) -> str:
    """The note of a visit of the demo's doctor, empty again."""
    (visit,) = app.rows("SELECT id FROM appointments WHERE doctor_id = 1 AND status = 'completed' ORDER BY id LIMIT 1")
    app.rows("DELETE FROM visit_notes WHERE id = %s RETURNING id", visit[0])
    return f"/notes/{visit[0]}"


async def note(open_screen: Open, address: str, **more: bool) -> Screen:
    return await (await open_screen("doctor", wide=True, **more)).goto(address)


async def write(screen: Screen, text: str) -> None:
    await screen.page.locator("visit-note textarea").press_sequentially(text)


async def is_saved(screen: Screen) -> None:
    await expect(screen.page.locator(".saved[data-what=saved]")).to_have_text(SAVED)


async def test_it_is_saved_while_it_is_written_and_there_again(open_screen: Open, address: str) -> None:
    screen = await note(open_screen, address)
    await write(screen, SAID)
    await is_saved(screen)
    await screen.reload()
    await expect(screen.page.locator("textarea")).to_have_value(SAID)
    await expect(screen.page.locator(".unkept")).to_be_hidden()


async def test_where_the_browser_may_keep_nothing_it_says_so_and_saves(open_screen: Open, address: str) -> None:
    screen = await open_screen("doctor", wide=True)
    # As on a page over plain http from another machine.
    await screen.page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    await screen.goto(address)
    await expect(screen.page.locator(".unkept")).to_be_visible()
    await write(screen, SAID)
    await is_saved(screen)
    assert await screen.page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('note:'))") == []


async def test_what_was_just_typed_is_saved_by_leaving(open_screen: Open, address: str) -> None:
    screen = await note(open_screen, address)
    await write(screen, SAID)
    await screen.page.get_by_role("link", name="Back to the day").click()
    await screen.page.wait_for_url("**/day/")
    again = await note(open_screen, address)
    await expect(again.page.locator("textarea")).to_have_value(SAID)


async def test_a_lost_network_is_told_and_costs_nothing(open_screen: Open, address: str) -> None:
    screen = await note(open_screen, address, rough=True)
    await screen.page.context.set_offline(True)
    await write(screen, SAID)
    await expect(screen.page.locator(".saved")).to_have_text("Not saved, trying again")
    await expect(screen.page.locator("textarea")).to_have_value(SAID)
    await screen.page.context.set_offline(False)
    await is_saved(screen)
    again = await note(open_screen, address)
    await expect(again.page.locator("textarea")).to_have_value(SAID)


async def test_what_was_typed_without_a_network_outlives_the_page_sealed(open_screen: Open, address: str) -> None:
    screen = await note(open_screen, address, rough=True)
    context = screen.page.context
    await context.set_offline(True)
    await write(screen, SAID)
    await expect(screen.page.locator(".saved")).to_have_text("Not saved, trying again")
    kept = await screen.page.evaluate("Object.entries(localStorage).filter(([name]) => name.startsWith('note:'))")
    assert len(kept) == 1
    assert "triphala" not in str(kept)
    # The browser crashes, or its battery is empty.
    await screen.page.close(run_before_unload=False)
    await context.set_offline(False)
    page = await context.new_page()
    await page.goto(screen.base + address)
    await expect(page.locator("textarea")).to_have_value(SAID)
    # By the page that is gone, with its last breath, or by this one.
    await expect(page.locator(".saved")).to_have_text(SAVED)
    await page.wait_for_function("!Object.keys(localStorage).some((name) => name.startsWith('note:'))")


async def test_a_lost_answer_is_no_other_window(open_screen: Open, address: str) -> None:
    screen = await note(open_screen, address, rough=True)

    async def come_there_unanswered(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await screen.page.route("**/notes/*", come_there_unanswered, times=1)
    await write(screen, "first")
    await expect(screen.page.locator(".saved")).to_have_text("Not saved, trying again")
    await write(screen, " and second")
    await is_saved(screen)
    await expect(screen.page.locator(".conflict")).to_be_hidden()
    again = await note(open_screen, address)
    await expect(again.page.locator("textarea")).to_have_value("first and second")


@pytest.mark.parametrize(
    ("choice", "left"), [("Keep both", "first\n\nsecond"), ("Keep mine", "second"), ("Take what is saved", "first")]
)
async def test_two_windows_lose_nothing(open_screen: Open, address: str, choice: str, left: str) -> None:
    one, two = await note(open_screen, address), await note(open_screen, address, rough=True)
    await write(one, "first")
    await is_saved(one)
    await write(two, "second")
    await expect(two.page.locator(".conflict")).to_be_visible()
    assert await two.page.locator(".conflict blockquote").all_inner_texts() == ["second", "first"]
    await two.page.get_by_role("button", name=choice).click()
    await is_saved(two)
    await expect(two.page.locator(".conflict")).to_be_hidden()
    await one.reload()
    await expect(one.page.locator("textarea")).to_have_value(left)


async def test_one_who_was_signed_out_is_told_and_keeps_his_words(open_screen: Open, address: str) -> None:
    screen = await note(open_screen, address)
    cookies = await screen.page.context.cookies()
    await screen.page.context.clear_cookies()
    await write(screen, SAID)
    await expect(screen.page.locator(".saved")).to_contain_text("You are signed out")
    await screen.page.context.add_cookies(cookies)
    await is_saved(screen)
