"""The dashboard with doctor and front desk at once: what either does both see within a second, and it can be undone."""

import asyncio
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Open
from tests.e2e.running import Running
from tests.e2e.screen import Screen

SECOND = 1000.0
FIRST = 901
PEOPLE = range(990_001, 990_004)

SET_ASIDE = """
    UPDATE appointments SET status = 'cancelled' WHERE doctor_id = 1 AND status IN ('booked', 'checked_in', 'held')
        AND day = (now() AT TIME ZONE 'Asia/Kolkata')::date RETURNING id
"""

PUT = """
    INSERT INTO appointments (id, starts_at, ends_at, busy_until, day, doctor_id, patient_id, clinic_id, visit_type,
        status, token, mode, source, fee, version, checked_in_at, created_at, updated_at)
    SELECT gen_random_uuid(), b, b + interval '9 minutes', b + interval '9 minutes',
        (now() AT TIME ZONE 'Asia/Kolkata')::date, d.id, 990000 + g, d.clinic_id, 'follow_up', 'checked_in', 900 + g,
        'in_person', 'web', d.fee, 1, b, now(), now()
    FROM generate_series(1, 3) g CROSS JOIN doctors d, LATERAL (SELECT now() + (g * 10 - 40) * interval '1 minute' AS b)
    WHERE d.id = 1
"""


TAKE_AWAY = """
    DELETE FROM appointments WHERE patient_id IN (SELECT id FROM patients WHERE id > 990000 OR name = 'Comes Unasked')
"""


@pytest.fixture
def three_wait(app: Running) -> Iterator[None]:
    """Of the doctor's today only three are left, who are here: whatever the hour is."""
    aside = [row[0] for row in app.rows(SET_ASIDE)]
    for number in PEOPLE:
        app.rows(
            "INSERT INTO patients (id, name, is_account_holder, created_at) VALUES (%s, %s, false, now())",
            number,
            f"Waits Number{number % 10}",
        )
    app.rows(PUT)
    app.rows("UPDATE doctor_days SET version = version + 1, delay_minutes = 0 WHERE doctor_id = 1")
    yield
    app.rows(TAKE_AWAY)
    app.rows("UPDATE doctor_days SET version = version + 1, delay_minutes = 0 WHERE doctor_id = 1")
    app.rows("DELETE FROM patients WHERE id = ANY(%s)", list(PEOPLE))
    app.rows("UPDATE appointments SET status = 'booked' WHERE id = ANY(%s)", aside)


async def test_what_either_does_both_see_within_a_second(
    each_app: Running, open_screen: Open, three_wait: None, measured: Callable[[str, float], float]
) -> None:
    doctor = await (await open_screen("doctor", at=each_app, wide=True)).goto("/day?doctor=1")
    desk = await (await open_screen("reception", at=each_app, wide=True)).goto("/day?doctor=1")
    await expect(doctor.page.locator(".spot.next .token")).to_have_text(str(FIRST))
    await expect(desk.page.locator(".spot.next .token")).to_have_text(str(FIRST))
    await expect(desk.page.get_by_role("button", name="Call next")).to_have_count(0)

    async def seen(by: Screen, act: str, test: str) -> None:
        """Both see it within a second of the click."""
        moments = [await screen.watch(test) for screen in (doctor, desk)]
        if len(act) == 1:
            await by.page.keyboard.press(act)
        else:
            await by.page.evaluate(f"document.querySelector({act!r}).click()")
        began = await by.clicked()
        for moment in moments:
            assert measured("dashboard: an action on both screens, ms", await moment() - began) < SECOND
        await by.page.wait_for_function("!document.documentElement.classList.contains('acting')")

    await seen(doctor, "[data-act=call-next]", _stands(".inside-now", FIRST))
    await seen(doctor, "u", _stands(".next", FIRST))
    await seen(doctor, "n", _stands(".inside-now", FIRST))
    await seen(doctor, "f", "document.querySelector('.counts .completed dd').textContent !== '0'")
    await seen(desk, ".spot.next [data-act=skip]", _stands(".next", FIRST + 2))
    await seen(desk, "l", "document.querySelector('.running-late .late')?.textContent.includes('5 min')")
    await desk.page.keyboard.press("w")
    sheet = desk.page.locator("dialog#walk-in")
    await sheet.get_by_label("Name").fill("Comes Unasked")
    await sheet.get_by_label("Phone number").fill("+919812300077")
    await sheet.get_by_label("Emergency").check()
    urgent = "document.querySelector('.spot.next')?.textContent.includes('Comes Unasked')"
    await seen(desk, "#walk-in [type=submit]", urgent)
    await expect(sheet).to_be_hidden()
    await _at_once(doctor, desk)


async def _at_once(doctor: Screen, desk: Screen) -> None:
    """Both pass over the same one: one has done it, the other is told who was faster."""
    press = "document.querySelector('.spot.next [data-act=skip]').click()"
    await asyncio.gather(*[screen.page.evaluate(press) for screen in (doctor, desk)])
    refused = [screen.page.locator(".toast.refused") for screen in (doctor, desk)]
    for screen in (doctor, desk):
        await expect(
            screen.page.locator(".toast", has_text=re.compile("lets others go first|was faster"))
        ).to_be_visible()
    assert sum([await each.count() for each in refused]) == 1


def _stands(where: str, token: int) -> str:
    return f"document.querySelector('.spot{where} .token')?.textContent === '{token}'"
