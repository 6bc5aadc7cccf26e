"""A day that runs late: who is to be told, and who may change his time although it is near."""

from datetime import timedelta

import pytest

from core.errors import NotAllowed
from models import Appointment
from models.appointment import Status
from services import appointments, lateness, queue, visits
from services.refusals import TooLate
from tests.people import Cast, at
from tests.rows import events

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
