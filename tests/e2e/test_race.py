"""Two people reach for one time in the same instant."""

import asyncio
from collections.abc import Iterator
from datetime import date

from playwright.async_api import expect

from tests.e2e.conftest import DOCTOR, Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen, milliseconds

ROUNDS = 5
CLICK = """([number, at]) => new Promise((done) => {
  setTimeout(() => { window.slots()[number].click(); done(); }, at - Date.now());
})"""


async def test_of_two_who_click_one_time_one_wins_and_the_other_is_offered_three(
    each_app: Running, open_screen: Open, days: Iterator[date]
) -> None:
    day = next(days)
    two = [await (await open_screen(who, at=each_app)).doctor(f"{DOCTOR}?day={day}") for who in ("patient", "stranger")]
    if each_app.workers > 1:
        await two[1].move_to_another_worker(two[0])
        await two[1].page.wait_for_selector(".slots .slot")
    slot = -1
    for _ in range(ROUNDS):
        slot = await two[0].open_slot(beyond=slot)
        await _click_at_once(two, slot)
        winner, loser = await _winner_and_loser(two)
        await expect(winner.page.locator(".slots .slot").nth(slot)).to_have_class("slot mine")
        await expect(winner.page.locator(".refusal")).to_have_count(0)
        refusal = loser.page.locator(".refusal")
        await expect(refusal).to_contain_text("Someone else has just taken that time.")
        offered = refusal.locator(".alternatives .slot")
        await expect(offered).to_have_count(3)
        held = each_app.rows(
            "SELECT count(*) FROM appointments WHERE doctor_id = 1 AND status = 'held' AND day = %s", day
        )
        assert held == [(1,)]
        label = await offered.nth(1).inner_text()
        await offered.nth(1).click()
        await expect(loser.page.locator(".hold-sheet")).to_contain_text(label.rpartition(", ")[2])
        await expect(loser.page.locator(".refusal")).to_have_count(0)
        for screen in two:
            await screen.let_go()
        for screen in two:
            await expect(screen.page.locator(".slots .slot.held, .slots .slot.mine")).to_have_count(0)


async def _click_at_once(screens: list[Screen], slot: int) -> None:
    at = milliseconds() + 200
    await asyncio.gather(*[screen.page.evaluate(CLICK, [slot, at]) for screen in screens])


async def _winner_and_loser(two: list[Screen]) -> tuple[Screen, Screen]:
    for screen in two:
        await screen.sees("document.querySelector('.hold-sheet') || document.querySelector('.refusal')")
    won = [await screen.page.locator(".hold-sheet").count() for screen in two]
    assert sorted(won) == [0, 1]
    return (two[0], two[1]) if won[0] else (two[1], two[0])
