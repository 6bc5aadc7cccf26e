"""Whose page is opened where the address names nobody, and which day of it."""

from datetime import date, timedelta

import pytest

from core import clock
from services.walls import local_day
from state.day import Day
from state.turning import FARTHEST, ONE_WEEK, leaf_of, turned
from state.week import Week
from tests.patients import patient, visit
from tests.people import Cast, another_doctor, at
from tests.state.pages import page_of

TODAY = date(2026, 3, 31)


async def open_at(page, by, address: str):
    state = await page_of(page, by, address)
    await load(state)
    return state


async def load(state) -> None:
    async for _ in type(state).load.fn(state):
        pass


@pytest.mark.parametrize(("page", "path"), [(Day, "/day"), (Week, "/week")])
async def test_it_opens_at_the_busiest_and_stays_at_whom_one_has_looked_at(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, page, path: str
) -> None:
    day = local_day(clock.now(), "Asia/Kolkata")
    busy = await another_doctor(cast.doctor_id, "busy", name="Vd. Zarina Busy")
    await visit(await patient("Waits"), busy, at(12, day=day), status="checked_in")
    shown = await open_at(page, cast.receptionist, path)
    assert (shown.doctor_id, shown.is_ready) == (str(busy), True)
    # The connection was lost, and somebody else is busier by now.
    for hour in (13, 14):
        await visit(await patient("Waits"), cast.doctor_id, at(hour, day=day), status="checked_in")
    await load(shown)
    assert shown.doctor_id == str(busy)
    assert (await open_at(page, cast.receptionist, path)).doctor_id == str(cast.doctor_id)
    # Whom the address names goes before all, if he is one's own clinic's.
    assert (await open_at(page, cast.receptionist, f"{path}?doctor={busy}")).doctor_id == str(busy)
    elsewhere = await open_at(page, cast.receptionist, f"{path}?doctor={cast.other_doctor_id}")
    assert elsewhere.doctor_id == str(cast.doctor_id)
    assert (await open_at(page, cast.doctor, path)).doctor_id == str(cast.doctor_id)


def test_a_leaf_is_turned_either_way_and_too_far_is_today() -> None:
    assert [turned("2026-03-31", step) for step in (1, -1)] == ["2026-04-01", "2026-03-30"]
    assert turned("2026-03-31", 5, ONE_WEEK) == "2026-04-07"
    assert turned("rubbish", 1) == str(clock.now().date() + timedelta(days=1))
    for asked in ("", "rubbish", str(TODAY + FARTHEST + timedelta(days=1)), str(TODAY - FARTHEST - timedelta(days=1))):
        assert leaf_of(asked, TODAY) == TODAY
    assert leaf_of("2026-02-01", TODAY) == date(2026, 2, 1)
    assert leaf_of("2026-04-01", TODAY, ahead=timedelta()) == TODAY
