"""Two people, and then sixty-four, reach for one time in the same instant, on pages and by programs."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import date, timedelta
from typing import Any

import httpx
import pytest_asyncio
from playwright.async_api import expect

from core import clock, db
from models.api_key import Scope
from services import api_keys, sessions
from tests.e2e import book
from tests.e2e.conftest import DOCTOR, Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen, milliseconds
from tests.e2e.wire import Wire, wire
from tests.people import Member, crowd

ROUNDS = 5
MANY = 64
HOLD = "reflex___state____state.state___booking____booking.hold"
TAKEN = "status IN ('held', 'booked')"
REFUSED = "Someone else has just taken that time."
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
    async with AsyncExitStack() as neither_hears:
        for screen in screens:
            await neither_hears.enter_async_context(screen.deaf())
        at = milliseconds() + 200
        await asyncio.gather(*[screen.page.evaluate(CLICK, [slot, at]) for screen in screens])


async def _winner_and_loser(two: list[Screen]) -> tuple[Screen, Screen]:
    for screen in two:
        await screen.sees("document.querySelector('.hold-sheet') || document.querySelector('.refusal')")
    won = [await screen.page.locator(".hold-sheet").count() for screen in two]
    assert sorted(won) == [0, 1]
    return (two[0], two[1]) if won[0] else (two[1], two[0])


@pytest_asyncio.fixture
async def reaching(pair: Running, services: None) -> AsyncIterator[list[tuple[Member, str]]]:
    """Patients, each with the session of a browser; what they hold or book is taken from the book again."""
    people, now = await crowd(MANY * 3 // 4), clock.now()
    async with db.transaction() as tx:
        opened = [
            await sessions.open_session(tx, each.actor.user_id, each.actor.role, address=None, user_agent=None, now=now)
            for each in people
        ]
    yield list(zip(people, opened, strict=True))
    pair.rows(
        "UPDATE appointments SET status = 'cancelled' WHERE status IN ('held', 'booked') AND created_at >= %s", now
    )


async def test_of_sixty_four_by_page_and_program_one_wins_and_programs_are_told_three_that_are_open(
    pair: Running, reaching: list[tuple[Member, str]], days: Iterator[date]
) -> None:
    day = next(days)
    number = next(n for n, slot in enumerate((await book.slots(day))[1:], 1) if slot.status == "open")
    starts_at = await book.instant(day, number)
    house = await api_keys.create(
        "Race",
        [Scope.APPOINTMENTS_WRITE],
        clinic_id=None,
        good_for=timedelta(hours=1),
        hourly_limit=1000,
        must_sign=False,
        now=clock.now(),
    )
    on_pages, by_cookie = reaching[: MANY // 2], reaching[MANY // 2 :]
    sent = [{"Cookie": f"aarogya={session}", "Origin": pair.base} for _, session in by_cookie]
    sent += [{"X-API-Key": house.key}] * (MANY - len(reaching))
    wish = {"doctorId": book.DOCTOR_ID, "startsAt": starts_at.isoformat()}
    async with AsyncExitStack() as open_, httpx.AsyncClient(base_url=f"{pair.base}/api", timeout=30) as web:
        pages = [await open_.enter_async_context(wire(pair, cookie=session)) for _, session in on_pages]
        answers, *_ = await asyncio.gather(
            asyncio.gather(*(web.post("/appointments", json=wish, headers=headers) for headers in sent)),
            *(page.event(HOLD, {"starts_at": starts_at.isoformat()}, path=f"{DOCTOR}?day={day}") for page in pages),
        )
        won = [answer for answer in answers if answer.status_code == 201]
        lost = [answer for answer in answers if answer.status_code != 201]
        assert {(answer.status_code, answer.json()["code"]) for answer in lost} == {(409, "slot_taken")}
        winner = await _winner(pair, pages, on_pages, starts_at)
        assert (len(won), winner) in {(1, None)} | {(0, each.patient_id) for each, _ in on_pages}
        window = {"from": str(day - timedelta(days=14)), "days": 29, "mode": "in_person"}
        for alternatives in {
            str(answer.json()["alternatives"]): answer.json()["alternatives"] for answer in lost
        }.values():
            assert len(alternatives) == 3
        told = {each["startsAt"] for answer in lost for each in answer.json()["alternatives"]}
        assert told <= await _open(web, window)


async def _winner(
    pair: Running, pages: Sequence[Wire], people: Sequence[tuple[Member, str]], starts_at: Any
) -> int | None:
    """The patient of the page that holds the time, once all others have been refused; None where a program has it."""
    query = (
        "SELECT patient_id FROM appointments WHERE doctor_id = 1 AND starts_at = %s AND status IN ('held', 'booked')"
    )
    ((holder,),) = pair.rows(query, starts_at)
    losers = [page for page, (each, _) in zip(pages, people, strict=True) if each.patient_id != holder]
    await asyncio.gather(*(page.hears(REFUSED, 30) for page in losers))
    assert pair.rows(query, starts_at) == [(holder,)]
    return holder if len(losers) < len(pages) else None


async def _open(web: httpx.AsyncClient, window: dict[str, Any]) -> set[str]:
    answer = await web.get(f"/doctors/{book.DOCTOR_ID}/slots", params=window)
    assert answer.status_code == 200, answer.text
    return {slot["startsAt"] for each in answer.json()["days"] for slot in each["slots"] if slot["status"] == "open"}
