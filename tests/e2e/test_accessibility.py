"""WCAG 2 A and AA by axe-core, on every page as it stands in the middle of its use; and the keyboard alone."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.async_api import expect

from tests.e2e.conftest import DESK, DOCTOR, PHONE, Open
from tests.e2e.screen import Screen
from tests.e2e.sights import SIGHTS

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
OF_COLOUR = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}

LOOKS = {
    "light phone": (PHONE, "light", ALL),
    "dark phone": (PHONE, "dark", OF_COLOUR),
    "dark desk": (DESK, "dark", OF_COLOUR),
    "light desk": (DESK, "light", ALL),
}
"""How wide, by which light, and what is looked for: by night only the colours are others."""

NOTE_WIDTHS = """
    window.widths = [];
    const asked = window.matchMedia.bind(window);
    window.matchMedia = (query) => { if (/width/.test(query)) window.widths.push(query); return asked(query); };
"""

ALIKE = """
    for (const parent of document.querySelectorAll("body *")) {
      const seen = new Map();
      for (const child of parent.children) {
        const kind = `${child.tagName} ${child.className}`, count = (seen.get(kind) ?? 0) + 1;
        seen.set(kind, count);
        if (count > 4 && (child.className || /^(LI|OPTION)$/.test(child.tagName))) child.dataset.alike = "";
      }
    }
"""
"""Of many that stand side by side and look the same, the first four speak for all."""

SETTLED = """async () => {
    for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame);
    // Colours in the middle of a transition are nobody's choice.
    await Promise.allSettled(document.getAnimations().map((each) => each.finished));
}"""


@pytest.mark.parametrize("sight", SIGHTS)
async def test_axe_finds_nothing(sight: str, open_screen: Open, days: Iterator[date]) -> None:
    who, show = SIGHTS[sight]
    screen = await open_screen(who)
    await screen.page.add_init_script(NOTE_WIDTHS)
    await show(screen, next(days))
    # One that asked for its width as it was loaded would have to be opened at each width.
    assert await screen.page.evaluate("window.widths") == []
    await screen.page.evaluate(AXE)
    await screen.page.evaluate(ALIKE)
    said = [f"{look}: {violation}" for look in LOOKS for violation in await _violations(screen, look)]
    assert not said, "\n".join(said)


async def _violations(screen: Screen, look: str) -> list[str]:
    """In that look: what is wrong, and where."""
    size, scheme, rules = LOOKS[look]
    await screen.page.set_viewport_size(size)
    await screen.page.emulate_media(color_scheme=scheme)
    await screen.page.evaluate(SETTLED)
    how = {"runOnly": rules, "resultTypes": ["violations"]}
    found = await screen.page.evaluate("how => axe.run({ exclude: [['[data-alike]']] }, how)", how)
    assert found["passes"], "nothing was looked at"
    return [_told(violation) for violation in found["violations"]]


def _told(violation: dict[str, Any]) -> str:
    nodes = [
        f"{node['html'][:160]} ({node['any'][0]['message'] if node['any'] else ''})" for node in violation["nodes"]
    ]
    return f"{violation['id']}: {violation['help']}:\n  " + "\n  ".join(nodes[:5])


async def test_the_keyboard_alone_holds_a_time_and_lets_it_go(open_screen: Open, days: Iterator[date]) -> None:
    screen = await (await open_screen("patient", wide=True)).doctor(f"{DOCTOR}?day={next(days)}")
    await screen.tab_to("document.activeElement.matches('.slot.open')")
    outline = await screen.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator(".hold-sheet")).to_be_visible()
    await screen.tab_to("document.activeElement.matches('.hold-sheet .quiet')")
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator(".hold-sheet")).to_have_count(0)


async def test_the_keyboard_is_never_trapped(open_screen: Open, days: Iterator[date]) -> None:
    for who, path in (
        (None, "/"),
        ("patient", f"{DOCTOR}?day={next(days)}"),
        (None, "/sign-in"),
        ("reception", "/day"),
        ("doctor", "/week"),
        ("reception", "/desk"),
    ):
        screen = await (await open_screen(who)).goto(path)
        await screen.tab_to("document.activeElement.matches('.skip')")
        await screen.page.keyboard.press("Tab")
        # Around once: out at the end of the page, and in again at its beginning.
        await screen.tab_to("document.activeElement.matches('.skip')", most=250)


async def test_skip_leads_to_the_content(open_screen: Open) -> None:
    screen = await (await open_screen()).goto("/")
    await screen.tab_to("document.activeElement.matches('.skip')")
    await expect(screen.page.locator(".skip")).to_be_in_viewport()
    await screen.page.keyboard.press("Enter")
    await expect(screen.page).to_have_url(re.compile("#content$"))
