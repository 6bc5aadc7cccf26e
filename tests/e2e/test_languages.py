"""Each page in each language: in its own words, and no others."""

import re

import pytest
from babel.messages.pofile import read_po
from playwright.async_api import expect

from core.words import CATALOGUES
from tests.e2e.conftest import DOCTOR, Open
from tests.e2e.running import Running

PAGES = {
    None: (
        "/",
        DOCTOR,
        "/sign-in",
        "/sign-in?error=wrong_credentials",
        "/appointments",
        "/day",
        "/week",
        "/queue-rule",
        "/book",
        "/rearrange",
        "/waitlist",
        "/doctor/nobody",
        "/v/nothing",
        "/join",
    ),
    "patient": ("/", DOCTOR, "/appointments", "/appointment/nothing", "/day", "/week"),
    "doctor": ("/day", "/week", "/book", "/rearrange?kind=late", "/waitlist", "/account/security"),
    "admin": ("/queue-rule", "/cash", "/patients", "/patients?patient=1", "/staff", "/staff/openings"),
}


@pytest.fixture(scope="session")
def english() -> list[str]:
    """The sentences of the catalogue that have more than one word and are written differently in Hindi."""
    with (CATALOGUES / "hi" / "LC_MESSAGES" / "aarogya.po").open("rb") as file:
        catalogue = read_po(file, locale="hi")
    messages = [(str(message.id), str(message.string)) for message in catalogue if message.id]
    assert all(translated for _, translated in messages), "a sentence has no Hindi"
    return [sentence for sentence, translated in messages if " " in sentence.strip() and sentence != translated]


@pytest.mark.parametrize("who", PAGES)
async def test_a_hindi_page_has_no_english_sentence(who: str | None, open_screen: Open, english: list[str]) -> None:
    for path in PAGES[who]:
        screen = await (await open_screen(who)).goto("/hi" + path.rstrip("/"))
        await expect(screen.page.locator("[lang=hi]").first).to_be_attached()
        await expect(screen.page.locator("main")).to_contain_text(re.compile("[\u0900-\u097f]{2}"))
        said = await screen.page.evaluate(
            "document.title + ' ' + document.body.innerText + ' ' + [...document.querySelectorAll('*')]"
            ".flatMap(e => ['aria-label', 'placeholder', 'alt', 'title'].map(n => e.getAttribute(n) ?? '')).join(' ')"
        )
        # A degree is written as it was conferred.
        words = re.sub(r"\s+", " ", re.sub(r"BAMS.*", "", said)).lower()
        assert not [sentence for sentence in english if sentence.lower() in words], path


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
