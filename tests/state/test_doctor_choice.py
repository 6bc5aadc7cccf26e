"""Whose page is opened where the address names nobody, and which day of it."""

from datetime import date, timedelta

import pytest

from core import clock
from core.errors import NotAllowed
from services.walls import local_day
from state.day import Day
from state.doctor_choice import whose
from state.turning import FARTHEST, ONE_WEEK, leaf_of, turned
from state.week import Week
from tests.patients import patient, visit
from tests.people import Cast, another_doctor, at
from tests.state.pages import page_of

TODAY = date(2026, 3, 31)


async def opened(page, by, wished: str = ""):
    """The page in a tab of its own."""
    state = await page_of(page, by, "/")
    await whose(state, wished)
    return state


@pytest.mark.parametrize("page", [Day, Week])
async def test_it_opens_at_the_busiest_and_stays_at_whom_one_has_looked_at(cast: Cast, page) -> None:
    day = local_day(clock.now(), "Asia/Kolkata")
    busy = await another_doctor(cast.doctor_id, "busy", name="Vd. Zarina Busy")
    await visit(await patient("Waits"), busy, at(12, day=day), status="checked_in")
    shown = await opened(page, cast.receptionist)
    assert shown.doctor_id == str(busy)
    assert [each.id for each in shown.options] == [str(cast.doctor_id), str(busy)]
    # The connection was lost, and somebody else is busier by now.
    for hour in (13, 14):
        await visit(await patient("Waits"), cast.doctor_id, at(hour, day=day), status="checked_in")
    await whose(shown, "")
    assert shown.doctor_id == str(busy)
    assert (await opened(page, cast.receptionist)).doctor_id == str(cast.doctor_id)
    # Whom the address names goes before all, if he is one's own clinic's.
    assert (await opened(page, cast.receptionist, str(busy))).doctor_id == str(busy)
    assert (await opened(page, cast.receptionist, str(cast.other_doctor_id))).doctor_id == str(cast.doctor_id)
    assert (await opened(page, cast.doctor, str(busy))).doctor_id == str(cast.doctor_id)
    with pytest.raises(NotAllowed):
        await opened(page, cast.asha)


def test_a_leaf_is_turned_either_way_and_too_far_is_today() -> None:
    assert [turned("2026-03-31", step) for step in (1, -1)] == ["2026-04-01", "2026-03-30"]
    assert turned("2026-03-31", 5, ONE_WEEK) == "2026-04-07"
    assert turned("rubbish", 1) == str(clock.now().date() + timedelta(days=1))
    for asked in ("", "rubbish", str(TODAY + FARTHEST + timedelta(days=1)), str(TODAY - FARTHEST - timedelta(days=1))):
        assert leaf_of(asked, TODAY) == TODAY
    assert leaf_of("2026-02-01", TODAY) == date(2026, 2, 1)
    assert leaf_of("2026-04-01", TODAY, ahead=timedelta()) == TODAY
