"""Each page in each language: whole, quiet, ours alone, under its policy, no wider than a phone, in its own words."""

import re
from urllib.parse import urlsplit

import pytest
from babel.messages.pofile import read_po
from playwright.async_api import Response, expect

from core.words import CATALOGUES
from tests.e2e.conftest import DOCTOR, Open
from tests.e2e.screen import Screen

PAGES: dict[str | None, tuple[str, ...]] = {
    None: (
        "/",
        DOCTOR,
        "/sign-in",
        "/sign-in?error=wrong_credentials",
        "/sign-in?error=too_many&wait=400",
        "/appointments",
        "/day",
        "/doctor/nobody",
        "/appointment/nothing",
        "/v/nothing",
        "/join",
        "/no-such-page",
    ),
    "patient": ("/", DOCTOR, "/appointments", "/appointment/nothing", "/day"),
    "doctor": ("/day", "/", "/account/security"),
    "reception": ("/day",),
    "admin": ("/staff", "/staff/openings"),
}
IN_HINDI: dict[str | None, tuple[str, ...]] = {
    None: ("/week", "/queue-rule", "/book", "/rearrange", "/waitlist"),
    "patient": ("/week",),
    "doctor": ("/week", "/book", "/rearrange?kind=late", "/waitlist"),
    "admin": ("/queue-rule", "/cash", "/patients", "/patients?patient=1"),
}
"""Where the words are looked at, and the rest is in English elsewhere."""

MISSING = "Failed to load resource: the server responded with a status of 404"

SAID = """
    document.title + ' ' + document.body.innerText + ' ' + [...document.querySelectorAll('*')]
      .flatMap(e => ['aria-label', 'placeholder', 'alt', 'title'].map(n => e.getAttribute(n) ?? '')).join(' ')
"""
LETTERS = "[...document.fonts].some(each => each.status === 'loaded' && each.family.includes('Mukta'))"


@pytest.fixture(scope="session")
def english() -> list[str]:
    """The sentences of the catalogue that have more than one word and are written differently in Hindi."""
    with (CATALOGUES / "hi" / "LC_MESSAGES" / "aarogya.po").open("rb") as file:
        catalogue = read_po(file, locale="hi")
    messages = [(str(message.id), str(message.string)) for message in catalogue if message.id]
    assert all(translated for _, translated in messages), "a sentence has no Hindi"
    return [sentence for sentence, translated in messages if " " in sentence.strip() and sentence != translated]


@pytest.mark.parametrize("language", ["", "/hi"], ids=["English", "Hindi"])
@pytest.mark.parametrize("who", PAGES)
async def test_every_page_is_as_each_has_to_be(
    who: str | None, language: str, open_screen: Open, english: list[str]
) -> None:
    """`open_screen` fails on a console with an error in it, which is how a browser tells of what it refused."""
    screen = await open_screen(who)
    hosts: set[str] = set()
    pages: list[Response] = []
    screen.page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    screen.page.on("response", lambda answer: pages.append(answer) if answer.request.is_navigation_request() else None)
    for path in PAGES[who] + (IN_HINDI.get(who, ()) if language else ()):
        pages.clear()
        await screen.goto((language + path).rstrip("/") or "/")
        await expect(screen.page.locator("main h1").first).to_be_visible()
        screen.errors[:] = [error for error in screen.errors if path != "/no-such-page" or MISSING not in error]
        assert not screen.errors, path
        assert "script-src 'self' 'sha256-" in pages[-1].headers.get("content-security-policy", ""), path
        assert await screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        if language and path != "/no-such-page":
            await _has_no_english_sentence(screen, english)
    assert {host for host in hosts if host} == {urlsplit(screen.base).netloc}
    await screen.page.wait_for_function(LETTERS)


async def _has_no_english_sentence(screen: Screen, english: list[str]) -> None:
    await expect(screen.page.locator("[lang=hi]").first).to_be_attached()
    await expect(screen.page.locator("main")).to_contain_text(re.compile("[\u0900-\u097f]{2}"))
    said = await screen.page.evaluate(SAID)
    # A degree is written as it was conferred.
    words = re.sub(r"\s+", " ", re.sub(r"BAMS.*", "", said)).lower()
    assert not [sentence for sentence in english if sentence.lower() in words], screen.page.url
