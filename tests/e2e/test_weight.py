"""What a page weighs, and that it holds still while it loads."""

import gzip
from collections.abc import Callable

import pytest
from playwright.async_api import Response

from tests.e2e.conftest import DOCTOR, Open
from tests.e2e.screen import Screen
from tests.waiting import until

SCRIPTS_KB, STYLES_KB = 350, 60
SHIFT = 0.1
"""What the Core Web Vitals call good: https://web.dev/articles/cls."""

SHIFTS = """
window.shift = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


async def test_the_search_page_is_light(open_screen: Open, measured: Callable[[str, float], float]) -> None:
    screen = await open_screen()
    weights = {"script": 0, "stylesheet": 0, "font": 0}
    await _load(screen, "/", weights)
    measured("search page: scripts, kB over the wire", weights["script"] / 1000)
    measured("search page: styles, kB over the wire", weights["stylesheet"] / 1000)
    measured("search page: fonts, kB over the wire", weights["font"] / 1000)
    assert 0 < weights["script"] <= SCRIPTS_KB * 1000
    assert 0 < weights["stylesheet"] <= STYLES_KB * 1000
    assert weights["font"] > 0


async def test_bold_words_in_english_wait_for_no_letters_of_hindi(open_screen: Open) -> None:
    screen, files = await open_screen(), []
    screen.page.on("request", lambda request: files.append(request.url))
    await screen.goto("/sign-in")
    await until(lambda: [url for url in files if "mukta-latin-600" in url])
    await screen.page.evaluate("document.fonts.ready")
    assert not [url for url in files if "devanagari-600" in url]


@pytest.mark.parametrize("wide", [False, True], ids=["phone", "desk"])
@pytest.mark.parametrize("path", ["/", DOCTOR])
async def test_a_page_holds_still_while_it_loads(
    path: str, wide: bool, open_screen: Open, measured: Callable[[str, float], float]
) -> None:
    screen = await open_screen(wide=wide)
    await screen.page.context.add_init_script(SHIFTS)
    await screen.goto(path)
    await screen.page.wait_for_selector(".card h2, .slots .slot")
    await screen.page.evaluate("document.fonts.ready")
    await screen.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shift = await screen.page.evaluate("window.shift")
    measured(f"layout shift of {path} on a {'desk' if wide else 'phone'}, thousandths", shift * 1000)
    assert shift <= SHIFT


async def _load(screen: Screen, path: str, weights: dict[str, int]) -> None:
    responses: list[Response] = []
    screen.page.on("response", lambda response: responses.append(response))
    await screen.goto(path)
    await screen.page.wait_for_load_state("networkidle")
    for response in responses:
        kind = response.request.resource_type
        if kind in weights:
            sizes = await response.request.sizes()
            weights[kind] += sizes["responseBodySize"]
            if kind != "font":
                assert response.headers.get("content-encoding"), f"{response.url} is not compressed"
                assert sizes["responseBodySize"] < len(gzip.compress(await response.body())) * 1.2
