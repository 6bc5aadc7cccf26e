"""The day of the visit: each move, who may make it, and the times that walk-ins and emergencies get."""

from datetime import timedelta

import pytest

from core.errors import NotAllowed, Stale
from services import appointments, visits
from services.refusals import DoctorBusy, TooEarly
from tests.people import Cast, at


async def booked(cast: Cast, hour: int, patient: int | None = None, minute: int = 0):
    return await appointments.book_at(cast.wish(at(hour, minute), patient=patient), by=cast.receptionist, now=at(8))


async def test_a_visit_goes_its_way(cast: Cast) -> None:
    appointment = await booked(cast, 10)
    here = await visits.check_in(appointment.id, by=cast.receptionist, now=at(9, 50))
    assert (here.status, here.checked_in_at) == ("checked_in", at(9, 50))
    inside = await visits.start(appointment.id, by=cast.doctor, now=at(10, 5))
    assert (inside.status, inside.started_at) == ("in_consultation", at(10, 5))
    over = await visits.complete(appointment.id, by=cast.doctor, now=at(10, 25))
    assert (over.status, over.ended_at, over.version) == ("completed", at(10, 25), 4)
    with pytest.raises(Stale):
        await visits.no_show(appointment.id, by=cast.doctor, now=at(11))


async def test_one_patient_is_inside_at_a_time(cast: Cast) -> None:
    first, second = await booked(cast, 10), await booked(cast, 10, cast.stranger_patient, 30)
    for each in (first, second):
        await visits.check_in(each.id, by=cast.receptionist, now=at(10))
    await visits.start(first.id, by=cast.doctor, now=at(10))
    with pytest.raises(DoctorBusy):
        await visits.start(second.id, by=cast.doctor, now=at(10, 30))


async def test_patients_and_other_clinics_make_no_such_moves(cast: Cast) -> None:
    appointment = await booked(cast, 10)
    for other in (cast.asha, cast.stranger, cast.other_receptionist, cast.other_doctor):
        with pytest.raises(NotAllowed):
            await visits.check_in(appointment.id, by=other, now=at(10))
    with pytest.raises(NotAllowed):
        await visits.start(appointment.id, by=cast.receptionist, now=at(10))


async def test_nobody_is_missed_before_his_time_or_checked_in_days_ahead(cast: Cast) -> None:
    appointment = await booked(cast, 10)
    with pytest.raises(TooEarly):
        await visits.no_show(appointment.id, by=cast.receptionist, now=at(9, 59))
    with pytest.raises(TooEarly):
        await visits.check_in(appointment.id, by=cast.receptionist, now=at(10) - timedelta(days=1))


async def test_a_stale_version_changes_nothing(cast: Cast) -> None:
    appointment = await booked(cast, 10)
    with pytest.raises(Stale):
        await visits.check_in(appointment.id, by=cast.receptionist, now=at(10), version=appointment.version + 1)


async def test_one_who_is_recalled_gets_his_time_back_or_the_first_gap(cast: Cast) -> None:
    first, second = await booked(cast, 10), await booked(cast, 11)
    for each in (first, second):
        await visits.no_show(each.id, by=cast.receptionist, now=at(11, 5))
    back = await visits.recall(first.id, by=cast.receptionist, now=at(11, 10))
    assert (back.status, back.starts_at) == ("checked_in", at(10))
    walker = await visits.walk_in(cast.stranger_patient, cast.doctor_id, by=cast.receptionist, now=at(11, 12))
    assert walker.starts_at == at(11, 12)
    moved = await visits.recall(second.id, by=cast.receptionist, now=at(11, 13))
    assert moved.starts_at == walker.busy_until


async def test_a_walk_in_takes_the_first_gap_and_the_next_token(cast: Cast) -> None:
    await booked(cast, 10)
    walker = await visits.walk_in(cast.stranger_patient, cast.doctor_id, by=cast.receptionist, now=at(9, 50))
    assert (walker.starts_at, walker.token, walker.status, walker.source) == (at(10, 30), 2, "checked_in", "walk_in")
    urgent = await visits.emergency(cast.mother_patient, cast.doctor_id, by=cast.receptionist, now=at(13, 30))
    assert (urgent.starts_at, urgent.is_emergency) == (at(13, 30), True)
