"""A doctor's times over some days are told as they were computed, and never when they are that no more."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from core import metrics
from core.db import Unavailable
from core.errors import Invalid, NotFound
from models.doctor import Mode
from models.visit import VisitType
from services import appointments, kept_books, schedules, stamps, windows
from services.stamps import Days, stamp
from services.windows import View, Window, window
from tests.outage import Database
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import write

TEN = at(10)


def statuses(view: View) -> bytes:
    """How 10 o'clock of the tests' day stands, and how many times there are."""
    slots = [slot for day in view.days for slot in day.slots]
    ten = [slot.status.value for slot in slots if slot.starts_at == TEN]
    return f"{ten[0] if ten else 'none'} {len(slots)}".encode()


@pytest_asyncio.fixture
async def asked(cast: Cast) -> AsyncIterator[Window]:
    yield Window(doctor_id=cast.doctor_id, first=DAY, days=2)


async def told(asked: Window, now: datetime = NOW) -> str:
    """Its state, read twice: the second time as it was kept."""
    first, reads = await window(asked, statuses, now=now), counted("read")
    assert await window(asked, statuses, now=now) == first
    assert counted("read") == reads
    return first.decode()


def counted(how: str) -> float:
    return metrics.windows.labels(how)._value.get()


async def test_a_booking_is_told_at_once_and_so_is_its_end(cast: Cast, asked: Window) -> None:
    assert await told(asked) == "open 32"
    held = await appointments.hold(cast.wish(TEN), by=cast.asha, now=NOW)
    assert await told(asked) == "held 32"
    booked = await appointments.book(held.id, by=cast.asha, now=NOW)
    assert await told(asked) == "booked 32"
    await appointments.cancel(booked.id, by=cast.asha, now=NOW)
    assert await told(asked) == "open 32"


async def test_a_leave_and_a_change_of_hours_are_told_at_once(cast: Cast, asked: Window) -> None:
    assert await told(asked) == "open 32"
    await write(
        "INSERT INTO leaves (doctor_id, starts_at, ends_at) VALUES (:doctor, :since, :until)",
        doctor=cast.doctor_id,
        since=at(9),
        until=at(13),
    )
    assert await told(asked) == "blocked 32"
    await write("DELETE FROM leaves")
    assert await told(asked) == "open 32"
    await write("UPDATE weekly_hours SET closes = '10:00' WHERE opens = '09:00'")
    assert await told(asked) == "none 20"
    await write("UPDATE doctors SET slot_minutes = 60")
    assert await told(asked) == "none 10"
    await write(
        "INSERT INTO closures (clinic_id, starts_at, ends_at, name) VALUES (:clinic, :since, :until, 'Holi')",
        clinic=cast.clinic_id,
        since=at(0),
        until=at(23),
    )
    await write("UPDATE weekly_hours SET closes = '13:00' WHERE opens = '09:00'")
    assert await told(asked) == "blocked 16"


async def test_a_hold_that_runs_out_frees_its_time_by_the_clock_alone(cast: Cast, asked: Window) -> None:
    held = await appointments.hold(cast.wish(TEN), by=cast.asha, now=NOW)
    assert await told(asked) == "held 32"
    assert await told(asked, held.held_until - timedelta.resolution) == "held 32"
    assert await told(asked, held.held_until) == "open 32"


async def test_what_becomes_too_near_is_closed_and_what_begins_is_gone_by_the_clock_alone(asked: Window) -> None:
    notice = TEN - timedelta(minutes=30)
    assert await told(asked, notice - timedelta.resolution) == "open 31"
    # This very moment is the last that gives the notice.
    assert await window(asked, statuses, now=notice) == b"open 30"
    assert await told(asked, notice + timedelta.resolution) == "blocked 30"
    assert await window(asked, statuses, now=TEN) == b"none 29"
    # A clock that is put back does not find what was told later.
    assert await told(asked, NOW) == "open 32"


async def test_today_is_todays_on_the_doctors_wall_clock_and_moves_with_it(cast: Cast) -> None:
    def first(view: View) -> bytes:
        return view.days[0].date.isoformat().encode()

    asked = Window(doctor_id=cast.doctor_id, days=1)
    midnight = at(0)
    assert await window(asked, first, now=midnight - timedelta.resolution) == str(DAY - timedelta(days=1)).encode()
    assert await window(asked, first, now=midnight) == str(DAY).encode()
    await write("UPDATE clinics SET time_zone = 'America/New_York'")
    assert await window(asked, first, now=midnight) == str(DAY - timedelta(days=1)).encode()


async def test_each_wish_is_its_own(cast: Cast) -> None:
    await write("UPDATE weekly_hours SET modes = '{video}' WHERE opens = '15:00'")
    other = await another_doctor(cast.doctor_id)
    await appointments.hold(cast.wish(TEN), by=cast.asha, now=NOW)

    async def of(**wishes: object) -> str:
        values = {"doctor_id": cast.doctor_id, "first": DAY, "days": 1} | wishes
        return (await window(Window(**values), statuses, now=NOW)).decode()  # type: ignore[arg-type]

    assert await of() == "held 16"
    assert await of(mode=Mode.IN_PERSON) == "held 8"
    assert await of(visit=VisitType.FOLLOW_UP) == "held 32"
    assert await of(days=2) == "held 32"
    assert await of(doctor_id=other) == "open 16"
    assert await of(first=DAY + timedelta(days=1)) == "none 16"


async def test_a_change_while_others_read_is_told_to_whoever_asks_after_it(
    cast: Cast, asked: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks after the commit may not be given a look that began before it."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    read = kept_books.schedule

    async def slow(*given: object) -> schedules.Schedule:
        book = await read(*given)
        begun.set()
        await go_on.wait()
        return book

    monkeypatch.setattr(kept_books, "schedule", slow)
    early = asyncio.create_task(window(asked, statuses, now=NOW))
    await begun.wait()
    monkeypatch.setattr(kept_books, "schedule", read)
    await appointments.hold(cast.wish(TEN), by=cast.asha, now=NOW)
    assert await window(asked, statuses, now=NOW) == b"held 32"
    go_on.set()
    assert await early == b"open 32"
    # Nor does the old look, which ends last, take the new one's place.
    assert await window(asked, statuses, now=NOW) == b"held 32"


async def test_those_who_ask_at_once_share_one_look_and_one_question(asked: Window) -> None:
    reads, shared = counted("read"), counted("shared")
    answers = await asyncio.gather(*(window(asked, statuses, now=NOW) for _ in range(20)))
    assert set(answers) == {b"open 32"}
    assert (counted("read") - reads, counted("shared") - shared) == (1, 19)


async def test_a_question_under_way_is_not_for_who_asks_after_it_began(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = Days(cast.doctor_id, DAY, DAY)
    begun, go_on = asyncio.Event(), asyncio.Event()
    read = stamps._read

    async def slow(asked: list[Days]) -> dict[Days, stamps.Stamp]:
        found = await read(asked)
        begun.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(stamps, "_read", slow)
    early = asyncio.create_task(stamp(days))
    await begun.wait()
    await appointments.hold(cast.wish(TEN), by=cast.asha, now=NOW)
    late = asyncio.create_task(stamp(days))
    await asyncio.sleep(0)
    go_on.set()
    before, after = await early, await late
    assert before is not None
    assert after is not None
    assert after.days_version == before.days_version + 1


async def test_no_more_are_kept_than_there_is_room_for(
    cast: Cast, asked: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "KEPT", 2)
    for days in range(1, 10):
        await window(Window(doctor_id=cast.doctor_id, first=DAY, days=days), statuses, now=NOW)
    assert len(windows._kept) == 2


async def test_whom_there_is_not_has_no_window_and_days_beyond_reason_are_refused(cast: Cast, asked: Window) -> None:
    with pytest.raises(NotFound):
        await window(Window(doctor_id=4711), statuses, now=NOW)
    for first in ("0001-01-01", "1969-12-31", "9998-01-01", "9999-11-30"):
        beyond = Window(doctor_id=cast.doctor_id, first=DAY.fromisoformat(first))
        assert await window(beyond, statuses, now=NOW) == b"none 0"
    with pytest.raises(Invalid):
        await window(Window(doctor_id=cast.doctor_id, first=DAY.fromisoformat("9999-12-31")), statuses, now=NOW)
    await told(asked)
    await write("UPDATE doctors SET is_active = false")
    with pytest.raises(NotFound):
        await window(asked, statuses, now=NOW)


async def test_what_is_kept_is_not_told_while_the_database_is_gone(asked: Window, database: Database) -> None:
    await told(asked)
    database.close()
    with pytest.raises(Unavailable):
        await window(asked, statuses, now=NOW)
    database.open()
    assert await told(asked) == "open 32"
