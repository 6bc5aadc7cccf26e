"""The day of the visit: each move, who may make it, and the times that walk-ins and emergencies get."""

from datetime import timedelta

import pytest

from core.errors import NotAllowed, Stale
from services import appointments, visits
from services.partitions import next_bound
from services.refusals import DayFull, DoctorBusy, PatientBusy, TooEarly, TooLate
from tests.people import DAY, NOW, Cast, at
from tests.rows import write


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


async def test_one_who_was_given_up_is_recalled_and_not_checked_in_again(cast: Cast) -> None:
    first = await booked(cast, 10)
    with pytest.raises(Stale):
        await visits.recall(first.id, by=cast.receptionist, now=at(10))
    await visits.no_show(first.id, by=cast.receptionist, now=at(10, 10))
    with pytest.raises(Stale):
        await visits.check_in(first.id, by=cast.receptionist, now=at(10, 10))


async def test_nobody_is_checked_in_or_recalled_on_another_day(cast: Cast) -> None:
    first, second = await booked(cast, 10), await booked(cast, 18)
    with pytest.raises(TooLate):
        await visits.check_in(second.id, by=cast.receptionist, now=at(18) + timedelta(hours=13))
    await visits.no_show(first.id, by=cast.receptionist, now=at(12))
    with pytest.raises(TooLate):
        await visits.recall(first.id, by=cast.receptionist, now=at(0) + timedelta(days=1))
    assert (await visits.recall(first.id, by=cast.receptionist, now=at(23, 59))).starts_at == at(10)


async def test_a_recall_makes_way_for_nobody_and_nobody_who_ran_out_is_in_its_way(cast: Cast) -> None:
    first = await booked(cast, 16)
    await visits.no_show(first.id, by=cast.receptionist, now=at(16))
    await write("UPDATE doctors SET notice_minutes = 0")
    held = await appointments.hold(cast.wish(at(16, 30), patient=cast.stranger_patient), by=cast.stranger, now=at(16))
    await write(
        "UPDATE appointments SET starts_at = :at, ends_at = :at2 WHERE id = :id", at=at(16), at2=at(17), id=held.id
    )
    back = await visits.recall(first.id, by=cast.receptionist, now=at(16, 6))
    assert back.starts_at == at(16)


async def test_one_who_is_elsewhere_by_now_cannot_be_recalled(cast: Cast) -> None:
    first = await booked(cast, 10)
    await visits.no_show(first.id, by=cast.receptionist, now=at(10))
    elsewhere = cast.wish(at(10), doctor=cast.other_doctor_id)
    await write("UPDATE doctors SET notice_minutes = 0")
    await appointments.book_at(elsewhere, by=cast.other_receptionist, now=at(9, 59))
    with pytest.raises(PatientBusy):
        await visits.recall(first.id, by=cast.receptionist, now=at(10, 5))


async def test_a_consultation_past_midnight_still_keeps_the_door_shut(cast: Cast) -> None:
    await write("UPDATE weekly_hours SET closes = '24:00' WHERE opens = '15:00'")
    await write(
        "INSERT INTO weekly_hours SELECT id + 1000, doctor_id, clinic_id, weekday, '00:00', '02:00', modes "
        "FROM weekly_hours WHERE opens = '09:00'"
    )
    late = await booked(cast, 23, minute=30)
    wish = cast.wish(at(0) + timedelta(days=1), patient=cast.stranger_patient)
    early = await appointments.book_at(wish, by=cast.receptionist, now=at(8))
    for each in (late, early):
        await visits.check_in(each.id, by=cast.receptionist, now=at(23))
    await visits.start(late.id, by=cast.doctor, now=at(23, 40))
    after_midnight = at(0, 10) + timedelta(days=1)
    with pytest.raises(DoctorBusy):
        await visits.start(early.id, by=cast.doctor, now=after_midnight)
    await visits.complete(late.id, by=cast.doctor, now=after_midnight)
    assert (await visits.start(early.id, by=cast.doctor, now=after_midnight)).status == "in_consultation"


async def test_a_consultation_that_nobody_ended_does_not_stop_the_next_day(cast: Cast) -> None:
    first = await booked(cast, 18)
    await visits.check_in(first.id, by=cast.receptionist, now=at(18))
    await visits.start(first.id, by=cast.doctor, now=at(18))
    tomorrow = at(10) + timedelta(days=1)
    next_one = await visits.walk_in(cast.stranger_patient, cast.doctor_id, by=cast.receptionist, now=tomorrow)
    assert (await visits.start(next_one.id, by=cast.doctor, now=tomorrow)).status == "in_consultation"
    assert (await visits.complete(first.id, by=cast.doctor, now=tomorrow)).status == "completed"


async def test_walk_ins_wait_for_the_end_of_leave_break_and_closure_and_emergencies_do_not(cast: Cast) -> None:
    leave = "INSERT INTO leaves (doctor_id, starts_at, ends_at) VALUES (:id, :since, :until)"
    await write(leave, id=cast.doctor_id, since=at(9), until=at(10))
    await write(
        "INSERT INTO breaks (doctor_id, weekday, starts, ends) VALUES (:id, :weekday, '10:05', '11:00')",
        id=cast.doctor_id,
        weekday=DAY.weekday(),
    )
    await write(
        "INSERT INTO closures (clinic_id, starts_at, ends_at, name) VALUES (:id, :since, :until, 'Elsewhere')",
        id=cast.other_clinic_id,
        since=at(9),
        until=at(20),
    )
    walker = await visits.walk_in(cast.stranger_patient, cast.doctor_id, by=cast.receptionist, now=at(9, 20))
    assert walker.starts_at == at(11)
    urgent = await visits.emergency(cast.mother_patient, cast.doctor_id, by=cast.receptionist, now=at(9, 20))
    assert urgent.starts_at == at(9, 20)
    await write(leave, id=cast.doctor_id, since=at(9), until=at(23))
    with pytest.raises(DayFull):
        await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(9, 30))


async def test_the_last_visit_of_the_day_ends_with_the_hours_and_keeps_free_what_follows(cast: Cast) -> None:
    await write("INSERT INTO visit_rules VALUES (:id, 'follow_up', 15, 10)", id=cast.doctor_id)
    last = await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(18, 45))
    assert (last.starts_at, last.ends_at, last.busy_until) == (at(18, 45), at(19), at(19, 10))
    with pytest.raises(DayFull):
        await visits.walk_in(cast.stranger_patient, cast.doctor_id, by=cast.receptionist, now=at(18, 46))


async def test_nobody_walks_in_to_hours_that_are_for_video(cast: Cast) -> None:
    await write("UPDATE weekly_hours SET modes = '{video}' WHERE opens = '09:00'")
    walker = await visits.walk_in(cast.stranger_patient, cast.doctor_id, by=cast.receptionist, now=at(9))
    assert walker.starts_at == at(15)


async def test_whoever_stands_at_the_desk_of_the_clinic_is_given_its_hours(cast: Cast) -> None:
    for clinic, opens, closes in ((cast.clinic_id, "09:00", "10:00"), (cast.other_clinic_id, "11:00", "12:00")):
        await write(
            "INSERT INTO hour_overrides (doctor_id, clinic_id, day, opens, closes, modes) "
            "VALUES (:doctor, :clinic, :day, CAST(:opens AS time), CAST(:closes AS time), '{in_person}')",
            doctor=cast.doctor_id,
            clinic=clinic,
            day=DAY,
            opens=opens,
            closes=closes,
        )
    walker = await visits.walk_in(cast.stranger_patient, cast.doctor_id, by=cast.other_receptionist, now=at(9))
    assert (walker.starts_at, walker.clinic_id) == (at(11), cast.other_clinic_id)
    urgent = await visits.emergency(cast.asha_patient, cast.doctor_id, by=cast.other_receptionist, now=at(9))
    assert (urgent.starts_at, urgent.clinic_id) == (at(9), cast.other_clinic_id)
    urgent = await visits.emergency(cast.mother_patient, cast.doctor_id, by=cast.admin, now=at(11))
    assert urgent.clinic_id == cast.other_clinic_id
    with pytest.raises(NotAllowed):
        await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.asha, now=at(9))
    with pytest.raises(NotAllowed):
        await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.other_doctor, now=at(9))


async def test_an_emergency_that_would_outlast_the_day_finds_it_full(cast: Cast) -> None:
    last = await visits.emergency(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(23, 45))
    assert last.ends_at == at(0) + timedelta(days=1)
    with pytest.raises(DayFull):
        await visits.emergency(cast.stranger_patient, cast.doctor_id, by=cast.receptionist, now=at(23, 46))


async def test_an_emergency_waits_for_the_end_of_a_quarter_that_it_would_span(cast: Cast) -> None:
    """The book's quarters end at the home zone's midnight, in the middle of New York's day."""
    await write("UPDATE clinics SET time_zone = 'America/New_York' WHERE id = :id", id=cast.clinic_id)
    bound = next_bound(NOW)
    seen = [
        await visits.emergency(patient, cast.doctor_id, by=cast.receptionist, now=bound - timedelta(minutes=20))
        for patient in (cast.asha_patient, cast.stranger_patient, cast.mother_patient)
    ]
    assert [each.starts_at - bound for each in seen] == [timedelta(minutes=n) for n in (-20, 0, 15)]
    assert len({each.day for each in seen}) == 1
