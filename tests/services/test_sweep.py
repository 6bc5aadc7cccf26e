"""What the worker need not do twice, and what it must not miss."""

from collections.abc import Collection
from datetime import datetime

import pytest

from cli.worker import Sweep
from core import clock
from services import appointments, next_open
from tests.people import Cast, at


@pytest.fixture
def refreshed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[set[int]]:
    """The doctors of each refresh, which are refreshed all the same."""
    seen: list[set[int]] = []
    refresh = next_open.refresh

    async def note(doctor_ids: Collection[int], now: datetime) -> int:
        seen.append(set(doctor_ids))
        return await refresh(doctor_ids, now)

    monkeypatch.setattr(next_open, "refresh", note)
    return seen


async def a_change(cast: Cast, hour: int) -> next_open.DayVersions:
    """Somebody books; the day of it, and the version that it came to."""
    booked = await appointments.book_at(cast.wish(at(hour)), by=cast.receptionist, now=clock.now())
    versions = await next_open.changed(clock.now().replace(year=2000))
    return {(cast.doctor_id, booked.day): versions[cast.doctor_id, booked.day]}


async def test_a_day_is_swept_once_for_each_version_it_comes_to(cast: Cast, refreshed: list[set[int]]) -> None:
    sweep = Sweep()
    await a_change(cast, 10)
    await sweep.turn()
    await sweep.turn()
    await a_change(cast, 11)
    await sweep.turn()
    assert [cast.doctor_id in doctors for doctors in refreshed] == [True, False, True]


async def test_what_a_message_told_is_not_swept_and_what_none_told_is(cast: Cast, refreshed: list[set[int]]) -> None:
    sweep = Sweep()
    await sweep.turn()
    told = await a_change(cast, 10)
    await sweep.heard({cast.doctor_id}, told)
    await sweep.turn()
    await a_change(cast, 11)
    # A message that comes late tells of an older version than the day has by now.
    await sweep.heard({cast.doctor_id}, told)
    await sweep.turn()
    assert [cast.doctor_id in doctors for doctors in refreshed[1:]] == [True, False, True, True]


async def test_a_turn_that_fails_is_taken_anew(
    cast: Cast, refreshed: list[set[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = Sweep()
    await a_change(cast, 10)

    async def fails(_doctor_ids: Collection[int], _now: datetime) -> int:
        raise OSError("cut off")

    with monkeypatch.context() as broken:
        broken.setattr(next_open, "refresh", fails)
        with pytest.raises(OSError, match="cut off"):
            await sweep.turn()
    await sweep.turn()
    assert cast.doctor_id in refreshed[-1]
