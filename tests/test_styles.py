"""Whatever is written can be read: 4.5 to 1 at least, as WCAG 1.4.3 wants it; and no sheet paints another's things.

A browser's test sees the pages as they stand; this one sees the states that nobody happened to open.
"""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from aarogya_ui.theme import SHEETS

STYLES = Path(__file__).resolve().parents[1] / "assets" / "styles"
INKS = ("ink", "soft", "neem", "turmeric", "brick")
GROUNDS = ("paper", "surface", "sunk", "neem-wash", "turmeric-wash", "brick-wash")
LEAST = 4.5
COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
GROUND = re.compile(r"(?:background(?:-color)?|--fill):([^;]*)")
WRITING = re.compile(r"(?<![\w-])(?:color|--on):\s*var\(--([\w-]+)\)")
PASSED_OVER = re.compile(r"/\*.*?\*/|color-mix\((?:[^()]|\([^()]*\))*\)", re.DOTALL)
"""Words, and colours that are not there as they are but in a mixture."""

SELECTOR = re.compile(r"(?:[^,(]|\((?:[^()]|\([^()]*\))*\))+")
WITHIN = re.compile(r"@[^{}]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
"""What holds only on paper or on a small screen, and the steps of what moves."""

NAMED = re.compile(r"var\(--([\w-]+)")


def themes() -> dict[str, dict[str, str]]:
    """The colours by their names; by night those that are not named again stay."""
    light, dark = (STYLES / "tokens.css").read_text().split("@media (prefers-color-scheme: dark)")
    by_day = dict(COLOUR.findall(light))
    return {"light": by_day, "dark": by_day | dict(COLOUR.findall(dark))}


THEMES = themes()


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def painted() -> set[tuple[str, str, str]]:
    """Where a rule has both a ground and what is written on it: the rule, and the names of the two colours."""
    found = set()
    for file in sorted(STYLES.glob("*.css")):
        for selector, body in RULE.findall(PASSED_OVER.sub("", file.read_text())):
            grounds = {name for ground in GROUND.findall(body) for name in NAMED.findall(ground)}
            for writing in WRITING.findall(body):
                found |= {(f"{file.name}: {selector.strip()}", writing, ground) for ground in grounds}
    return found


@pytest.mark.parametrize("theme", THEMES)
def test_every_ink_reads_on_every_ground(theme: str) -> None:
    colours = THEMES[theme]
    said = {(ink, ground): contrast(colours[ink], colours[ground]) for ink in INKS for ground in GROUNDS}
    assert not {pair: ratio for pair, ratio in said.items() if ratio < LEAST}


@pytest.mark.parametrize("theme", THEMES)
def test_what_a_rule_paints_reads_on_the_ground_that_it_paints(theme: str) -> None:
    colours, pairs = THEMES[theme], painted()
    assert len(pairs) > 30
    named = [each for each in pairs if each[1] in colours and each[2] in colours]
    assert len(named) > 25
    assert not [each for each in named if contrast(colours[each[1]], colours[each[2]]) < LEAST]


def test_what_one_sheet_paints_no_other_does() -> None:
    """All of them are on every page: a name that two of them mean is one page's look on another's."""
    owners: dict[str, set[str]] = defaultdict(set)
    for file in (STYLES / f"{name}.css" for name in SHEETS):
        for selectors, _ in RULE.findall(WITHIN.sub("", PASSED_OVER.sub("", file.read_text()))):
            for selector in SELECTOR.findall(selectors):
                owners[selector.strip()].add(file.name)
    assert len(owners) > 500, "the sheets were not understood"
    assert not {selector: files for selector, files in owners.items() if len(files) > 1}


def test_nothing_that_sticks_to_a_page_lies_over_the_menu_in_its_header() -> None:
    levels = {
        selector.strip(): int(level[1])
        for name in SHEETS
        for selector, body in RULE.findall(PASSED_OVER.sub("", (STYLES / f"{name}.css").read_text()))
        if "position: sticky" in body and (level := re.search(r"z-index: (\d+)", body))
    }
    header = levels.pop(".header")
    assert len(levels) > 3
    assert max(levels.values()) < header


def test_black_and_white_are_the_farthest_apart() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    # The example of WCAG's own technique G18.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
