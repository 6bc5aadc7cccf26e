"""The doctor's queue: whose turn it is, who may call, and what a late day tells."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.errors import Invalid, NotAllowed, NotFound
from services import appointments, foretold, queue, visits
from services.dashboard import dashboard
from services.days import DoctorDayBoard, board
from services.forecast import forecast
from services.refusals import DoctorBusy, QueueEmpty
from services.turns import turns
from services.visit_lengths import history
from tests.people import DAY, Cast, at, crowd
from tests.rows import audited, events, one, write


async def came(cast: Cast, patient: int, hour: int, minute: int, *, at_clock) -> appointments.Appointment:
    """Booked for that time, and here at `at_clock`."""
    wish = cast.wish(at(hour, minute), patient=patient)
    booked = await appointments.book_at(wish, by=cast.receptionist, now=at(8))
    return await visits.check_in(booked.id, by=cast.receptionist, now=at_clock)


async def order(cast: Cast) -> tuple[int, ...]:
    return (await queue.queue(cast.doctor_id, DAY, at(12))).waiting


async def test_they_go_in_by_their_times_an_emergency_first_and_a_latecomer_when_he_came(cast: Cast) -> None:
    one_, two, three, four = [member.patient_id for member in await crowd(4)]
    late = await came(cast, one_, 9, 0, at_clock=at(9, 45))
    on_time = await came(cast, two, 9, 30, at_clock=at(9, 40))
    early = await came(cast, three, 10, 0, at_clock=at(9, 20))
    assert await order(cast) == (on_time.token, late.token, early.token)
    urgent = await visits.emergency(four, cast.doctor_id, by=cast.receptionist, now=at(9, 50))
    walks_in = await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(9, 51))
    found = await order(cast)
    assert found[0] == urgent.token
    assert found.index(walks_in.token) > found.index(late.token)


async def test_ten_minutes_late_is_not_late(cast: Cast) -> None:
    first, second = [member.patient_id for member in await crowd(2)]
    graced = await came(cast, first, 9, 0, at_clock=at(9, 10))
    other = await came(cast, second, 9, 30, at_clock=at(9))
    assert await order(cast) == (graced.token, other.token)


async def test_the_view_counts_and_names_nobody(cast: Cast) -> None:
    here = await came(cast, cast.asha_patient, 9, 0, at_clock=at(9))
    await appointments.book_at(cast.wish(at(10), patient=cast.stranger_patient), by=cast.receptionist, now=at(8))
    view = await queue.queue(cast.doctor_id, DAY, at(12))
    assert (view.inside, view.waiting, view.expected, view.done) == (None, (here.token,), 1, 0)
    assert "Asha" not in repr(view)
    await queue.call_next(cast.doctor_id, by=cast.doctor, now=at(9, 5))
    view = await queue.queue(cast.doctor_id, DAY, at(12))
    assert (view.inside, view.waiting) == (here.token, ())
    with pytest.raises(NotFound):
        await queue.queue(10**6, DAY, at(12))


async def test_the_first_is_called_one_at_a_time_and_nobody_where_nobody_waits(cast: Cast) -> None:
    with pytest.raises(QueueEmpty):
        await queue.call_next(cast.doctor_id, by=cast.doctor, now=at(9))
    await came(cast, cast.asha_patient, 9, 30, at_clock=at(9))
    first = await came(cast, cast.stranger_patient, 9, 0, at_clock=at(9, 1))
    called = await queue.call_next(cast.doctor_id, by=cast.doctor, now=at(9, 5))
    assert (called.id, called.status, called.started_at) == (first.id, "in_consultation", at(9, 5))
    with pytest.raises(DoctorBusy):
        await queue.call_next(cast.doctor_id, by=cast.doctor, now=at(9, 6))


async def test_who_does_not_treat_calls_nobody(cast: Cast) -> None:
    await came(cast, cast.asha_patient, 9, 0, at_clock=at(9))
    for other in (cast.asha, cast.receptionist, cast.other_doctor, cast.other_receptionist):
        with pytest.raises(NotAllowed):
            await queue.call_next(cast.doctor_id, by=other, now=at(9))


async def test_a_late_day_is_told_to_all_who_watch_and_recorded(cast: Cast) -> None:
    before = (await queue.queue(cast.doctor_id, DAY, at(12))).version
    await queue.run_late(cast.doctor_id, timedelta(minutes=25), by=cast.receptionist, now=at(10))
    view = await queue.queue(cast.doctor_id, DAY, at(12))
    assert (view.delay, view.version) == (timedelta(minutes=25), before + 1)
    (told,) = await events("DoctorRunsLate")
    mine = f"doctor:{cast.doctor_id}"
    assert told.topics == [mine, f"{mine}:{DAY}", f"clinic:{cast.clinic_id}"]
    (entry,) = await audited("DoctorRunsLate")
    assert (entry.actor_id, entry.object_id) == (cast.receptionist.user_id, f"{cast.doctor_id}:{DAY}")


async def test_a_delay_that_is_none_or_is_not_his_to_tell_changes_nothing(cast: Cast) -> None:
    for minutes in (-1, 8 * 60 + 1):
        with pytest.raises(Invalid):
            await queue.run_late(cast.doctor_id, timedelta(minutes=minutes), by=cast.doctor, now=at(10))
    for other in (cast.asha, cast.other_doctor, cast.other_receptionist):
        with pytest.raises(NotAllowed):
            await queue.run_late(cast.doctor_id, timedelta(minutes=5), by=other, now=at(10))
    assert (await one("SELECT count(*) AS n FROM doctor_days")).n == 0


async def test_whoever_asks_of_a_day_that_is_as_it_was_is_told_what_was_worked_out_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four screens of one commit cost one forecast; another version, minute or rule costs its own."""
    made: list[datetime] = []

    def counted(day: DoctorDayBoard, now: datetime, known: Any) -> Any:
        made.append(now)
        return forecast(day, now, known)

    monkeypatch.setattr(foretold, "forecast", counted)

    async def all_screens(now: datetime) -> list[queue.Queue]:
        shown = await dashboard(cast.doctor_id, DAY, now)
        assert shown.queue is not None
        seen = await turns(cast.doctor_id, DAY, now + timedelta(seconds=1))
        asked = await queue.queue(cast.doctor_id, DAY, now + timedelta(seconds=2))
        opened, _ = await queue.look(cast.doctor_id, DAY, by=cast.receptionist, now=now + timedelta(seconds=3))
        assert seen.turns == {turn.token: turn for turn in asked.turns}
        return [shown.queue, asked, opened]

    await came(cast, cast.asha_patient, 9, 0, at_clock=at(8, 55))
    found = await all_screens(at(9))
    assert found == [queue.of(await board(cast.doctor_id, DAY), at(9), await history(cast.doctor_id, at(9)))] * 3
    assert made == [at(9)]
    # To another process it is told by the first.
    queue._made.clear()
    assert await all_screens(at(9)) == found
    assert made == [at(9)]
    # A minute later it is worked out anew, and as soon as anything happens.
    assert (await all_screens(at(9, 1)))[0].valid_until == at(9, 2)
    assert made[1:] == [at(9, 1)]
    await queue.call_next(cast.doctor_id, by=cast.doctor, now=at(9, 1))
    assert {each.inside for each in await all_screens(at(9, 1))} == {1}
    assert made[2:] == [at(9, 1)]
    # What changes without a version does too.
    await write("UPDATE clinics SET queue_grace_minutes = 25")
    await all_screens(at(9, 1))
    assert made[3:] == [at(9, 1)]
