"""A day that runs late: who is to be told, and who may change his time although it is near."""

from collections.abc import Awaitable
from datetime import timedelta

import pytest

from core.errors import NotAllowed
from models import Appointment
from models.appointment import Status
from services import appointments, days, lateness, queue, visits, who_moved
from services.permissions import Actor
from services.refusals import TooLate
from tests.people import DAY, Cast, at
from tests.race.outcomes import outcomes
from tests.rows import events, many

HALF_AN_HOUR = timedelta(minutes=30)


async def booked(cast: Cast, hour: int, patient: int | None = None) -> Appointment:
    return await appointments.book_at(cast.wish(at(hour), patient=patient), by=cast.receptionist, now=at(7))


async def late(cast: Cast, by_how_much: timedelta, when) -> None:
    await queue.run_late(cast.doctor_id, by_how_much, by=cast.receptionist, now=when)


async def test_they_are_to_be_told_who_wait_or_are_still_to_come(cast: Cast) -> None:
    over, waits = await booked(cast, 9), await booked(cast, 10, cast.stranger_patient)
    comes = await booked(cast, 12, cast.mother_patient)
    for each in (over, waits):
        await visits.check_in(each.id, by=cast.receptionist, now=at(9))
    await visits.start(over.id, by=cast.doctor, now=at(9))
    await visits.complete(over.id, by=cast.doctor, now=at(9, 40))
    await late(cast, HALF_AN_HOUR, at(10, 10))
    (told,) = await events("DoctorRunsLate")
    assert told.data["tell"] == [str(waits.id), str(comes.id)]
    await late(cast, timedelta(), at(10, 20))
    assert (await events("DoctorRunsLate"))[-1].data["tell"] == []


async def test_a_patient_of_a_late_doctor_changes_for_free_and_no_longer_when_he_is_on_time(cast: Cast) -> None:
    near = await booked(cast, 10)
    with pytest.raises(TooLate):
        await appointments.cancel(near.id, by=cast.asha, now=at(9, 50))
    await late(cast, HALF_AN_HOUR, at(9, 50))
    await late(cast, timedelta(), at(9, 51))
    with pytest.raises(TooLate):
        await appointments.cancel(near.id, by=cast.asha, now=at(9, 52))
    await late(cast, HALF_AN_HOUR, at(9, 53))
    moved = await appointments.reschedule(near.id, cast.wish(at(16)), by=cast.asha, now=at(10, 20))
    assert (moved.status, moved.starts_at) == ("booked", at(16))


async def test_two_who_say_it_at_once_in_place_of_the_same_say_it_once(cast: Cast) -> None:
    def five_later(by: Actor) -> Awaitable[timedelta]:
        return queue.run_late(cast.doctor_id, timedelta(minutes=5), by=by, now=at(10), instead_of=timedelta())

    said = await outcomes(five_later(cast.doctor), five_later(cast.receptionist))
    assert said == {"timedelta": 1, "Stale": 1}
    assert (await days.board(cast.doctor_id, DAY)).delay == timedelta(minutes=5)
    assert [event.data["minutes"] for event in await events("DoctorRunsLate")] == [5]
    (entry,) = await many("SELECT actor_id, details FROM audit_log WHERE action = 'DoctorRunsLate'")
    assert entry.details == {"minutes": 5}
    for asker in (cast.doctor, cast.receptionist, cast.admin):
        last = await who_moved.last_delay(cast.doctor_id, by=asker, now=at(10, 1))
        assert last is not None
        assert (last.ago, last.is_mine) == (timedelta(minutes=1), asker.user_id == entry.actor_id)
    # Neither another clinic's staff nor another day is told of it.
    assert await who_moved.last_delay(cast.doctor_id, by=cast.other_receptionist, now=at(10, 1)) is None
    assert await who_moved.last_delay(cast.doctor_id, by=cast.doctor, now=at(10) + timedelta(days=1)) is None


def test_whoever_waits_or_is_to_come_is_freed_and_nobody_else() -> None:
    for status, starts_at, is_freed in (
        (Status.BOOKED, at(10), True),
        (Status.BOOKED, at(9), False),
        (Status.CHECKED_IN, at(9), True),
        (Status.IN_CONSULTATION, at(10), False),
        (Status.CANCELLED, at(10), False),
    ):
        assert lateness.is_freed(status, starts_at, HALF_AN_HOUR, at(9, 40)) is is_freed
        assert not lateness.is_freed(status, starts_at, timedelta(), at(9, 40))


async def test_one_who_waits_for_him_may_go_and_one_who_never_came_may_not(cast: Cast) -> None:
    here, gone = await booked(cast, 10), await booked(cast, 11, cast.stranger_patient)
    await visits.check_in(here.id, by=cast.receptionist, now=at(9, 50))
    await late(cast, HALF_AN_HOUR, at(10))
    with pytest.raises(TooLate):
        await appointments.cancel(gone.id, by=cast.stranger, now=at(11, 31))
    assert (await appointments.cancel(here.id, by=cast.asha, now=at(12))).status == "cancelled"


async def test_another_days_delay_frees_nobody(cast: Cast) -> None:
    near = await booked(cast, 10)
    await late(cast, HALF_AN_HOUR, at(9) - timedelta(days=1))
    with pytest.raises(TooLate):
        await appointments.cancel(near.id, by=cast.asha, now=at(9, 50))
    with pytest.raises(NotAllowed):
        await appointments.cancel(near.id, by=cast.stranger, now=at(9, 50))
