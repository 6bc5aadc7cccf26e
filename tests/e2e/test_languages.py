"""A page in each language: there before any script, and led to from the other; its words are test_pages.py's."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Open
from tests.e2e.running import Running


@pytest.mark.parametrize("language", ["en", "hi"])
async def test_the_page_is_there_before_any_script(language: str, app: Running, open_screen: Open) -> None:
    screen = await open_screen()
    for path, words in {"/": ("Find an Ayurvedic doctor", "आयुर्वेद"), "/sign-in": ("Sign in", "साइन इन")}.items():
        address = ("/hi" if language == "hi" else "") + path
        answer = await screen.page.context.request.get(app.base + (address.rstrip("/") or "/"))
        assert answer.ok
        assert words[language == "hi"] in await answer.text()


async def test_the_other_language_is_the_same_page(open_screen: Open) -> None:
    screen = await (await open_screen()).goto("/?city=Pune")
    await screen.page.locator(".language").click()
    await expect(screen.page).to_have_url(re.compile(r"/hi/?\?city=Pune$"))
    await screen.page.locator(".language").click()
    await expect(screen.page).to_have_url(re.compile(r"[0-9]/\?city=Pune$"))
