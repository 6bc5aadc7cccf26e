"""An appointment is moved at the desk and that is taken back; and before that: where it could go."""

import asyncio
from datetime import timedelta

import pytest

from core.errors import DomainError, NotAllowed, Stale
from models import Appointment
from models.doctor import Mode
from services import appointments, moving, visits, who_moved
from services.moving import move_back, move_to
from services.reach import nearest, reach
from services.refusals import NotOpen, PatientBusy, SlotTaken, TooLate
from services.undoing import ON_THE_WAY, UNDO_FOR
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import audited, one

SOON = timedelta(seconds=8)


async def booked(cast: Cast, hour: int = 10, patient: int | None = None, doctor: int | None = None) -> Appointment:
    wish = cast.wish(at(hour), patient=patient, doctor=doctor)
    return await appointments.book_at(wish, by=cast.receptionist, now=NOW)


async def open_for(cast: Cast, appointment: Appointment, *doctors: int) -> set[tuple[int, object]]:
    found = await reach(appointment.id, doctors or [cast.doctor_id], DAY, DAY, by=cast.receptionist, now=NOW)
    return {(each.doctor_id, each.starts_at) for each in found}


async def test_a_move_goes_to_another_doctor_of_the_clinic_and_says_whether_to_tell(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id)
    old = await booked(cast)
    moved = await move_to(old.id, colleague, at(11), by=cast.receptionist, now=NOW, version=1, tells=True)
    assert (moved.doctor_id, moved.starts_at, moved.rescheduled_from, moved.mode) == (
        colleague,
        at(11),
        old.id,
        Mode.IN_PERSON,
    )
    said = (await one("SELECT data FROM events WHERE kind = 'AppointmentBooked' ORDER BY id DESC LIMIT 1")).data
    assert said["tell"] == [str(moved.id)]
    quiet = await move_to(moved.id, cast.doctor_id, at(12), by=cast.receptionist, now=NOW, tells=False)
    said = (await one("SELECT data FROM events WHERE kind = 'AppointmentBooked' ORDER BY id DESC LIMIT 1")).data
    assert (said["appointment_id"], said["tell"]) == (str(quiet.id), [])
    assert len(await audited("AppointmentRescheduled")) == 2


async def test_what_is_lit_can_be_taken_and_nothing_else(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id)
    old = await booked(cast)
    await booked(cast, 11, cast.stranger_patient)
    # Her mother is somebody else, but she herself cannot be in two places.
    await booked(cast, 12, cast.asha_patient, colleague)
    lit = await open_for(cast, old, cast.doctor_id, colleague, cast.other_doctor_id)
    grid = [at(hour, minute) for hour in (9, 10, 11, 12, 15, 16, 17, 18) for minute in (0, 30)]
    assert (cast.doctor_id, at(11)) not in lit
    assert not {(doctor, at(12)) for doctor in (cast.doctor_id, colleague)} & lit
    assert not [each for each in lit if each[0] == cast.other_doctor_id]
    current = old
    for doctor_id in (cast.doctor_id, colleague):
        for starts_at in grid:
            if (doctor_id, starts_at) == (cast.doctor_id, at(10)):
                continue
            moving_there = move_to(current.id, doctor_id, starts_at, by=cast.receptionist, now=NOW)
            if (doctor_id, starts_at) in lit:
                moved = await moving_there
                current = await move_to(moved.id, cast.doctor_id, at(10), by=cast.receptionist, now=NOW)
            else:
                with pytest.raises((SlotTaken, PatientBusy)):
                    await moving_there


async def test_nobody_is_shown_the_reach_of_what_is_not_his(cast: Cast) -> None:
    old = await booked(cast)
    for by in (cast.stranger, cast.other_receptionist, cast.other_doctor):
        with pytest.raises(NotAllowed):
            await reach(old.id, [cast.doctor_id], DAY, DAY, by=by, now=NOW)
    await visits.check_in(old.id, by=cast.receptionist, now=at(9, 55))
    await visits.start(old.id, by=cast.doctor, now=at(10))
    with pytest.raises(Stale):
        await reach(old.id, [cast.doctor_id], DAY, DAY, by=cast.receptionist, now=at(10))


async def test_a_refused_move_is_told_who_took_the_time_and_what_is_open_near_it(cast: Cast) -> None:
    old = await booked(cast)
    await booked(cast, 11, cast.stranger_patient)
    with pytest.raises(SlotTaken):
        await move_to(old.id, cast.doctor_id, at(11), by=cast.receptionist, now=NOW, version=1)
    found = await who_moved.in_the_way(old.id, cast.doctor_id, at(11), by=cast.receptionist, now=NOW + SOON)
    assert found is not None
    assert (found.starts_at, found.doctor, found.source) == (at(11), "Vd. Meera Joshi", "phone")
    assert found.last is not None
    assert (found.last.name, found.last.ago, found.last.kind) == ("Front Desk", SOON, "AppointmentBooked")
    near = await nearest(old.id, cast.doctor_id, at(11), by=cast.receptionist, now=NOW)
    assert [each.starts_at for each in near] == [at(10, 30), at(11, 30), at(12)]
    assert await who_moved.in_the_way(old.id, cast.doctor_id, at(11), by=cast.other_receptionist, now=NOW) is None
    assert await who_moved.in_the_way(old.id, cast.doctor_id, at(12), by=cast.receptionist, now=NOW) is None


async def test_one_who_walked_in_between_the_times_moves_to_one_and_back(cast: Cast) -> None:
    came = await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(9, 7))
    assert came.starts_at == at(9, 7)
    moved = await move_to(came.id, cast.doctor_id, at(11), by=cast.receptionist, now=at(9, 8), version=came.version)
    assert (moved.status, moved.checked_in_at, moved.source) == ("checked_in", at(9, 7), "walk_in")
    back = await move_back(moved.id, by=cast.receptionist, now=at(9, 8) + SOON, version=moved.version)
    assert (back.starts_at, back.token, back.status, back.checked_in_at) == (
        at(9, 7),
        came.token,
        "checked_in",
        at(9, 7),
    )


async def test_a_move_is_taken_back_with_token_and_fee(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id, fee=90000)
    old = await booked(cast)
    moved = await move_to(old.id, colleague, at(11), by=cast.receptionist, now=NOW, tells=True)
    assert moved.fee == 90000
    back = await move_back(moved.id, by=cast.receptionist, now=NOW + SOON, version=moved.version, tells=True)
    assert (back.doctor_id, back.starts_at, back.token, back.fee) == (cast.doctor_id, at(10), old.token, old.fee)
    said = (await one("SELECT data FROM events WHERE kind = 'AppointmentBooked' ORDER BY id DESC LIMIT 1")).data
    assert said["tell"] == [str(back.id)]
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=moved.id)).status == "rescheduled"


async def test_a_move_is_not_taken_back_after_somebody_elses(cast: Cast) -> None:
    old = await booked(cast)
    moved = await move_to(old.id, cast.doctor_id, at(11), by=cast.receptionist, now=NOW)
    with pytest.raises(NotAllowed):
        await move_back(moved.id, by=cast.admin, now=NOW + SOON)
    with pytest.raises(TooLate):
        await move_back(moved.id, by=cast.receptionist, now=NOW + UNDO_FOR + ON_THE_WAY + SOON)
    taken = await booked(cast, 10, cast.stranger_patient)
    with pytest.raises(SlotTaken):
        await move_back(moved.id, by=cast.receptionist, now=NOW + SOON)
    await appointments.cancel(taken.id, by=cast.receptionist, now=NOW)
    again = await move_to(moved.id, cast.doctor_id, at(12), by=cast.admin, now=NOW)
    with pytest.raises(Stale):
        await move_back(moved.id, by=cast.receptionist, now=NOW + SOON)
    await visits.check_in(again.id, by=cast.receptionist, now=at(11, 55))
    with pytest.raises(Stale):
        await move_back(again.id, by=cast.admin, now=at(11, 55) + SOON)
    with pytest.raises(Stale):
        await move_back(taken.id, by=cast.receptionist, now=NOW)


@pytest.mark.race
async def test_two_who_drag_one_appointment_move_it_once(cast: Cast) -> None:
    for round_ in range(5):
        old = await booked(cast, 10)
        tries = [
            move_to(old.id, cast.doctor_id, there, by=by, now=NOW, version=1)
            for by, there in ((cast.receptionist, at(11)), (cast.admin, at(12)), (cast.doctor, at(15)))
        ]
        found = await asyncio.gather(*tries, return_exceptions=True)
        (moved,) = [each for each in found if isinstance(each, Appointment)]
        assert all(isinstance(each, Stale) for each in found if each is not moved), round_
        last = await who_moved.last_move(old.id, by=cast.receptionist, now=NOW)
        assert last is not None
        assert last.kind == "AppointmentRescheduled"
        await appointments.cancel(moved.id, by=cast.receptionist, now=NOW)


@pytest.mark.race
async def test_two_who_drag_onto_one_time_do_not_both_get_it(cast: Cast) -> None:
    mine, other = await booked(cast, 10), await booked(cast, 11, cast.stranger_patient)
    for hour in (12, 15, 16, 17):
        there = [move_to(each.id, cast.doctor_id, at(hour), by=cast.receptionist, now=NOW) for each in (mine, other)]
        found = await asyncio.gather(*there, return_exceptions=True)
        (won,) = [each for each in found if isinstance(each, Appointment)]
        (lost,) = [each for each in found if isinstance(each, DomainError)]
        assert isinstance(lost, SlotTaken)
        mine, other = (won, other) if won.patient_id == mine.patient_id else (mine, won)


async def test_a_move_off_the_grid_or_into_the_past_is_refused(cast: Cast) -> None:
    old = await booked(cast)
    for there in (at(10, 7), at(14), NOW - timedelta(hours=1)):
        with pytest.raises(NotOpen):
            await moving.move_to(old.id, cast.doctor_id, there, by=cast.receptionist, now=NOW)
