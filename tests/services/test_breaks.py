"""A break now: who waits goes on waiting, nobody is moved, and it ends when the doctor says so."""

import asyncio
from datetime import datetime, timedelta

import pytest

from core.errors import Invalid, NotAllowed, NotFound
from services import appointments, visits
from services.absence import resolver
from services.absence.breaks import back_at, end_break, take_break
from services.absence.leaves import Away
from services.dashboard import dashboard
from services.days import board
from services.refusals import NotOpen
from state.day_rows import day_fields
from tests.people import DAY, Cast, at
from tests.rows import audited, events, many

TEN = at(10, 2)
QUARTER = timedelta(minutes=15)


async def test_who_waits_stays_in_his_place_and_nobody_new_is_let_in(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=at(8))
    await visits.check_in(booked.id, by=cast.receptionist, now=at(9, 55))
    before = (await board(cast.doctor_id, DAY)).version
    assert await take_break(cast.doctor_id, timedelta(minutes=40), by=cast.doctor, now=TEN) == at(10, 42)
    shown = await board(cast.doctor_id, DAY)
    assert [(b.id, b.status, b.starts_at) for b in shown.bookings] == [(booked.id, "checked_in", at(10))]
    assert shown.version == before + 1
    with pytest.raises(NotOpen):
        await appointments.book_at(cast.wish(at(10, 30), patient=cast.stranger_patient), by=cast.stranger, now=TEN)
    (event,) = await events("BreakTaken")
    topics = {f"doctor:{cast.doctor_id}", f"doctor:{cast.doctor_id}:{DAY}", f"clinic:{cast.clinic_id}"}
    assert set(event.topics) == topics
    (entry,) = await audited("BreakTaken")
    assert (entry.actor_id, entry.details) == (cast.doctor.user_id, {"back_at": at(10, 42).isoformat()})


async def test_back_early_the_time_is_open_again(cast: Cast) -> None:
    await take_break(cast.doctor_id, timedelta(minutes=60), by=cast.receptionist, now=TEN)
    assert await back_at(cast.doctor_id, TEN) == at(11, 2)
    await end_break(cast.doctor_id, by=cast.doctor, now=at(10, 20))
    assert await back_at(cast.doctor_id, at(10, 20)) is None
    await appointments.book_at(cast.wish(at(11)), by=cast.asha, now=at(10, 20))
    assert len(await audited("BreakEnded")) == 1
    # Twice gives the same answer, and nothing to tell.
    await end_break(cast.doctor_id, by=cast.doctor, now=at(10, 21))
    assert len(await audited("BreakEnded")) == 1


async def test_all_who_have_the_day_open_see_when_he_is_back(cast: Cast) -> None:
    async def seen(now: datetime) -> tuple[str, datetime | None]:
        shown = await dashboard(cast.doctor_id, DAY, now)
        return day_fields(shown, "en", now)["back"], shown.valid_until

    assert await seen(at(9, 59)) == ("", at(0) + timedelta(days=1))
    await take_break(cast.doctor_id, QUARTER, by=cast.doctor, now=TEN)
    # What the clock ends is pushed when it ends.
    assert await seen(at(10, 3)) == ("10:17 am", at(10, 17))
    assert (await seen(at(10, 17)))[0] == ""


async def test_doctor_and_desk_at_once_make_one_break_of_the_longer(cast: Cast) -> None:
    taken = await asyncio.gather(
        take_break(cast.doctor_id, QUARTER, by=cast.doctor, now=TEN),
        take_break(cast.doctor_id, 2 * QUARTER, by=cast.receptionist, now=TEN),
    )
    assert max(taken) == TEN + 2 * QUARTER
    assert [row.ends_at for row in await many("SELECT ends_at FROM leaves")] == [TEN + 2 * QUARTER]


async def test_a_leave_that_moved_people_is_not_ended_as_a_break(cast: Cast) -> None:
    leave = Away(doctor_ids=(cast.doctor_id,), starts_at=at(9), ends_at=at(12))
    await resolver.commit(leave, by=cast.doctor, now=at(8))
    assert await back_at(cast.doctor_id, TEN) is None
    await end_break(cast.doctor_id, by=cast.doctor, now=TEN)
    assert [row.ends_at for row in await many("SELECT ends_at FROM leaves")] == [at(12)]


async def test_a_break_ends_with_the_day(cast: Cast) -> None:
    late = at(23, 50)
    assert await take_break(cast.doctor_id, QUARTER, by=cast.doctor, now=late) == at(0) + timedelta(days=1)


async def test_others_and_rubbish_are_refused(cast: Cast) -> None:
    for by in (cast.asha, cast.other_doctor, cast.other_receptionist):
        with pytest.raises(NotAllowed):
            await take_break(cast.doctor_id, QUARTER, by=by, now=TEN)
        with pytest.raises(NotAllowed):
            await end_break(cast.doctor_id, by=by, now=TEN)
    for minutes in (0, -15, 4, 181):
        with pytest.raises(Invalid):
            await take_break(cast.doctor_id, timedelta(minutes=minutes), by=cast.doctor, now=TEN)
    with pytest.raises(NotFound):
        await take_break(10**6, QUARTER, by=cast.admin, now=TEN)
    assert await many("SELECT id FROM leaves") == []
