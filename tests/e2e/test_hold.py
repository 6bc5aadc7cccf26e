"""A hold: counted down where it was made, shown as one's own in every tab, free for all when it runs out."""

import re
from collections.abc import Callable, Iterator
from datetime import date

from playwright.async_api import expect

from tests.e2e.conftest import DOCTOR, PATIENT_ID, Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen, milliseconds, slot_is

FREED_WITHIN_MS = 3000


async def test_a_hold_is_counted_down_and_is_ones_own_in_a_second_tab(
    app: Running, open_screen: Open, days: Iterator[date]
) -> None:
    address = f"{DOCTOR}?day={next(days)}"
    first = await (await open_screen("patient")).doctor(address)
    second = await Screen(app, await first.page.context.new_page()).doctor(address)
    slot = await first.open_slot()
    await first.hold(slot)
    for screen in (first, second):
        await expect(screen.page.locator(".slots .slot").nth(slot)).to_have_class("slot mine")
        await expect(screen.page.locator(".slots .slot").nth(slot)).to_contain_text("yours")
        await expect(screen.page.locator(".countdown")).to_have_text(re.compile(r"^(5:00|4:\d\d)$"))
    before = await second.page.locator(".countdown").inner_text()
    await second.sees(f"document.querySelector('.countdown').textContent < '{before}'")
    await second.let_go()
    await expect(first.page.locator(".hold-sheet")).to_have_count(0)


async def test_a_second_hold_gives_the_first_one_back(app: Running, open_screen: Open, days: Iterator[date]) -> None:
    address = f"{DOCTOR}?day={next(days)}"
    patient, onlooker = [await (await open_screen(who)).doctor(address) for who in ("patient", None)]
    first = await patient.open_slot()
    second = await patient.open_slot(beyond=first)
    await patient.hold(first)
    await onlooker.sees(slot_is(first, "held"))
    await patient.click_slot(second)
    await onlooker.sees(slot_is(second, "held"))
    await onlooker.sees(slot_is(first, "open"))
    await expect(patient.page.locator(".hold-sheet")).to_have_count(1)
    await expect(patient.page.locator(".slots .slot.mine")).to_have_count(1)


async def test_a_hold_that_runs_out_is_open_to_all_again(
    each_app: Running, open_screen: Open, days: Iterator[date], measured: Callable[[str, float], float]
) -> None:
    address = f"{DOCTOR}?day={next(days)}"
    patient, onlooker = [await (await open_screen(who, at=each_app)).doctor(address) for who in ("patient", None)]
    slot = await patient.open_slot()
    await patient.hold(slot)
    await onlooker.sees(slot_is(slot, "held"))
    sights = [await screen.watch(slot_is(slot, "open")) for screen in (patient, onlooker)]
    ended = milliseconds()
    each_app.rows("UPDATE appointments SET held_until = now() WHERE status = 'held' AND patient_id = %s", PATIENT_ID)
    for name, sight in zip(("patient", "onlooker"), sights, strict=True):
        assert measured(f"hold ran out: {name} sees it open after, ms", await sight() - ended) < FREED_WITHIN_MS
    await expect(patient.page.locator(".hold-sheet")).to_have_count(0)
    await patient.hold(slot)


async def test_the_family_member_who_was_chosen_is_the_one_it_is_held_for(
    app: Running, open_screen: Open, days: Iterator[date]
) -> None:
    patient = await (await open_screen("patient")).doctor(f"{DOCTOR}?day={next(days)}")
    await patient.page.get_by_label("Patient").select_option(label="Rohan Kulkarni")
    await patient.hold(await patient.open_slot())
    await expect(patient.page.locator(".hold-sheet")).to_contain_text("Rohan Kulkarni")
    await patient.let_go()
