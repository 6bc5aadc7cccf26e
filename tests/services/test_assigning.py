"""Another therapist or room for a visit: at its own time or another, refused, taken by two at once, and taken back."""

import asyncio

import pytest

from core.errors import DomainError, Invalid, NotAllowed, NotFound, Stale
from models import Appointment
from services import appointments, visits, who_moved
from services.moving import move_back, move_to
from services.reach import nearest, reach_places
from services.refusals import NotOpen, PlaceTaken
from services.undoing import undo
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import audited, events, one, write
from tests.therapy import rooms, therapists


async def given(
    cast: Cast, hour: int, therapist: int, room: int, *, patient: int | None = None, doctor: int | None = None
) -> Appointment:
    """A visit with that therapist, in that room."""
    wish = cast.wish(at(hour), patient=patient, doctor=doctor)
    made = await appointments.book_at(wish, by=cast.receptionist, now=NOW)
    await write(
        "UPDATE appointments SET therapist_id = :t, room_id = :r WHERE id = :id", t=therapist, r=room, id=made.id
    )
    return made


async def test_another_therapist_gives_it_at_its_own_time_with_its_own_token(cast: Cast) -> None:
    (meena, ravi), (room,) = await therapists(cast.clinic_id, 2), await rooms(cast.clinic_id)
    old = await given(cast, 10, meena, room)
    place = "therapist", ravi
    done = await move_to(old.id, cast.doctor_id, at(10), by=cast.receptionist, now=NOW, version=1, place=place)
    assert (done.id, done.token, done.version, done.status) == (old.id, old.token, 2, "booked")
    row = await one("SELECT therapist_id, room_id, starts_at FROM appointments WHERE id = :id", id=old.id)
    assert (row.therapist_id, row.room_id, row.starts_at) == (ravi, room, at(10))
    (event,) = await events("AppointmentReassigned")
    assert (event.data["version"], f"clinic:{cast.clinic_id}" in event.topics) == (2, True)
    (entry,) = await audited("AppointmentReassigned")
    assert (entry.actor_id, entry.patient_id) == (cast.receptionist.user_id, cast.asha_patient)
    assert entry.details == {"version": 2, "was": {"therapist_id": meena}}
    # To the one who has it already changes nothing.
    again = await move_to(old.id, cast.doctor_id, at(10), by=cast.receptionist, now=NOW, version=2, place=place)
    assert again.version == 2
    back = await undo(old.id, by=cast.receptionist, now=NOW, version=2)
    assert (back.therapist_id, back.status, back.version) == (meena, "booked", 3)


async def test_together_with_another_time_it_is_a_move_that_is_taken_back_whole(cast: Cast) -> None:
    (meena, ravi), (one_room, other) = await therapists(cast.clinic_id, 2), await rooms(cast.clinic_id, 2)
    old = await given(cast, 10, meena, one_room)
    moved = await move_to(old.id, cast.doctor_id, at(11), by=cast.receptionist, now=NOW, place=("therapist", ravi))
    assert (moved.rescheduled_from, moved.therapist_id, moved.room_id) == (old.id, ravi, one_room)
    back = await move_back(moved.id, by=cast.receptionist, now=NOW)
    assert (back.starts_at, back.therapist_id, back.room_id) == (at(10), meena, one_room)
    moved = await move_to(back.id, cast.doctor_id, at(12), by=cast.receptionist, now=NOW, place=("room", other))
    assert (moved.therapist_id, moved.room_id) == (meena, other)


async def test_what_is_lit_for_each_place_can_be_taken_and_nothing_else(cast: Cast) -> None:
    (meena, ravi), (room,) = await therapists(cast.clinic_id, 2), await rooms(cast.clinic_id)
    colleague = await another_doctor(cast.doctor_id)
    old = await given(cast, 10, meena, room)
    (elsewhere,) = await rooms(cast.clinic_id)
    await given(cast, 11, ravi, elsewhere, patient=cast.stranger_patient, doctor=colleague)
    found = await reach_places(old.id, "therapist", DAY, DAY, by=cast.receptionist, now=NOW)
    starts = {place: {each.starts_at for each in openings} for place, openings in found.items()}
    assert (at(10) in starts[ravi], at(10) in starts[meena]) == (True, False)
    assert (at(11) in starts[ravi], at(11) in starts[meena]) == (False, True)
    for place, hours in starts.items():
        for hour in (9, 10, 11, 12):
            if (place, hour) == (meena, 10):
                continue
            try:
                made = await move_to(
                    old.id, cast.doctor_id, at(hour), by=cast.receptionist, now=NOW, place=("therapist", place)
                )
            except PlaceTaken:
                assert at(hour) not in hours
                continue
            assert at(hour) in hours
            home = await move_to(
                made.id, cast.doctor_id, at(10), by=cast.receptionist, now=NOW, place=("therapist", meena)
            )
            old = home


async def test_who_has_the_wished_therapist_is_named_and_what_is_free_with_him(cast: Cast) -> None:
    (meena, ravi), (here, there) = await therapists(cast.clinic_id, 2), await rooms(cast.clinic_id, 2)
    colleague = await another_doctor(cast.doctor_id, name="Vd. Anu Nair")
    old = await given(cast, 10, meena, here)
    await given(cast, 10, ravi, there, patient=cast.stranger_patient, doctor=colleague)
    place = "therapist", ravi
    with pytest.raises(PlaceTaken):
        await move_to(old.id, cast.doctor_id, at(10), by=cast.receptionist, now=NOW, place=place)
    assert (await one("SELECT therapist_id FROM appointments WHERE id = :id", id=old.id)).therapist_id == meena
    taker = await who_moved.in_the_way(old.id, cast.doctor_id, at(10), by=cast.receptionist, now=NOW, place=place)
    assert taker is not None
    assert (taker.doctor, taker.starts_at) == ("Vd. Anu Nair", at(10))
    others = await nearest(old.id, cast.doctor_id, at(10), by=cast.receptionist, now=NOW, place=place)
    assert [each.starts_at for each in others] == [at(9), at(9, 30), at(10, 30)]


async def test_of_two_who_want_one_therapist_at_once_one_is_told_that_she_is_taken(cast: Cast) -> None:
    (meena, ravi, wished), places = await therapists(cast.clinic_id, 3), await rooms(cast.clinic_id, 2)
    colleague = await another_doctor(cast.doctor_id)
    mine = await given(cast, 10, meena, places[0])
    other = await given(cast, 10, ravi, places[1], patient=cast.stranger_patient, doctor=colleague)
    place = "therapist", wished
    done = await asyncio.gather(
        move_to(mine.id, cast.doctor_id, at(10), by=cast.receptionist, now=NOW, place=place),
        move_to(other.id, colleague, at(10), by=cast.receptionist, now=NOW, place=place),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in done) == ["Appointment", "PlaceTaken"]


async def test_a_stale_version_or_a_place_that_is_not_there_changes_nothing(cast: Cast) -> None:
    (meena, ravi), (room,) = await therapists(cast.clinic_id, 2), await rooms(cast.clinic_id)
    (elsewhere,) = await therapists(cast.other_clinic_id)
    old = await given(cast, 10, meena, room)
    plain = await appointments.book_at(cast.wish(at(12), patient=cast.stranger_patient), by=cast.receptionist, now=NOW)

    async def refused(
        kind: type[DomainError], appointment: Appointment, place: tuple[str, int], **more: object
    ) -> None:
        asked: dict[str, object] = {"by": cast.receptionist, "now": NOW} | more
        for hour in (10, 12) if appointment is old else (12, 11):
            with pytest.raises(kind):
                await move_to(appointment.id, cast.doctor_id, at(hour), place=place, **asked)  # type: ignore[arg-type]

    await refused(Stale, old, ("therapist", ravi), version=7)
    await refused(NotFound, old, ("therapist", elsewhere))
    await refused(NotFound, old, ("room", 10**6))
    await refused(Invalid, old, ("doctor", ravi))
    await refused(Invalid, plain, ("therapist", ravi))
    await refused(NotAllowed, old, ("therapist", ravi), by=cast.other_receptionist)
    await refused(NotAllowed, old, ("therapist", ravi), by=cast.asha)
    assert (await one("SELECT therapist_id FROM appointments WHERE id = :id", id=old.id)).therapist_id == meena
    await visits.no_show(old.id, by=cast.receptionist, now=at(10, 30))
    with pytest.raises(Stale):
        await reach_places(old.id, "therapist", DAY, DAY, by=cast.receptionist, now=NOW)
    with pytest.raises((Stale, NotOpen)):
        await move_to(old.id, cast.doctor_id, at(10), by=cast.receptionist, now=NOW, place=("therapist", ravi))
