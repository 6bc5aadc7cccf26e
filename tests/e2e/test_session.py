"""A session that ends is over on every screen of it, on every server process, within a second."""

from collections.abc import Callable

import pytest
from playwright.async_api import StorageState, expect

from core import clock, db
from core.web_session import hash_id
from services import sessions
from tests.e2e.conftest import STRANGER_ID, Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen
from tests.people import PASSWORD

WITHIN_MS = 1000


async def _signed_in(open_screen: Open, at: Running) -> Screen:
    """A device with a session of its own, looking at the person's appointments."""
    screen = await open_screen(at=at)
    await screen.page.context.request.post(
        at.base + "/auth/sign-in",
        form={"email": "stranger@example.org", "password": PASSWORD},
        headers={"Origin": at.base},
    )
    await screen.goto("/appointments")
    await expect(screen.page.locator("header form.account")).to_be_attached()
    return screen


@pytest.mark.usefixtures("services")
async def test_signing_out_everywhere_else_empties_every_other_screen(
    app: Running,
    pair: Running,
    open_screen: Open,
    cookies: dict[str, StorageState],
    measured: Callable[[str, float], float],
) -> None:
    others = [await _signed_in(open_screen, at) for at in (app, pair, pair)]
    kept = await (await open_screen("stranger")).goto("/appointments")
    for other in others:
        await other.note_the_end()
    ended_at = clock.now().timestamp() * 1000
    own = hash_id(str(cookies["stranger"]["cookies"][0]["value"]))
    async with db.transaction() as tx:
        assert await sessions.end_all(tx, STRANGER_ID, but=own, now=clock.now()) >= len(others)
    for other in others:
        await expect(other.page.locator("header a[href$='/sign-in']")).to_be_attached()
        assert "aarogya" not in {cookie["name"] for cookie in await other.page.context.cookies()}
        took = await other.told_of_the_end() - ended_at
        assert measured("ended session: its screen is told after, ms", took) <= WITHIN_MS
    await kept.reload()
    await expect(kept.page.locator("header form.account")).to_be_attached()
