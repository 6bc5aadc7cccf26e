"""One who waits is sent to a colleague of the same clinic, or stays where he is."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Row

from core.errors import DomainError, Invalid, NotAllowed, NotFound, Stale
from models import Appointment
from services import appointments, days, sending, visit_links, visits
from services.queue_rule import in_order
from services.refusals import DayFull, NoTimeTogether, TooLate
from services.therapy.courses import book_course
from services.visit_tickets import ticket
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import audited, events, many, one, write
from tests.therapy import proposed, rooms, therapists


@pytest.fixture
async def colleague(cast: Cast) -> int:
    """Another doctor of the same clinic."""
    return await another_doctor(cast.doctor_id, "colleague")


async def waits(cast: Cast, hour: int = 10, **whom: int) -> Appointment:
    booked = await appointments.book_at(cast.wish(at(hour), **whom), by=cast.admin, now=at(8))
    return await visits.check_in(booked.id, by=cast.admin, now=at(9, 50))


async def active() -> list[tuple[int, str]]:
    rows = await many("SELECT doctor_id, status FROM appointments WHERE status NOT IN ('rescheduled', 'expired')")
    return [(row.doctor_id, row.status) for row in rows]


async def test_he_stands_in_the_others_queue_with_a_token_there(cast: Cast, colleague: int) -> None:
    came = await waits(cast)
    sent = await sending.send(came.id, colleague, by=cast.doctor, now=at(10, 5), version=came.version)
    assert (sent.doctor_id, sent.status, sent.token) == (colleague, "checked_in", 1)
    assert (sent.checked_in_at, sent.rescheduled_from) == (at(9, 50), came.id)
    assert await active() == [(colleague, "checked_in")]
    with pytest.raises(Stale):
        await sending.send(came.id, colleague, by=cast.doctor, now=at(10, 6))


async def test_only_one_who_waits_today_and_by_those_who_receive_him(cast: Cast, colleague: int) -> None:
    came = await waits(cast)
    for other in (cast.asha, cast.stranger, cast.other_receptionist, cast.other_doctor):
        with pytest.raises(NotAllowed):
            await sending.send(came.id, colleague, by=other, now=at(10))
    for doctor, when, refused in (
        (cast.doctor_id, at(10), Invalid),
        (999_999, at(10), NotFound),
        # He does not sit at this clinic.
        (cast.other_doctor_id, at(10), DayFull),
        (colleague, at(19, 30), DayFull),
    ):
        with pytest.raises(refused):
            await sending.send(came.id, doctor, by=cast.receptionist, now=when)
    with pytest.raises(TooLate):
        await sending.send(came.id, colleague, by=cast.receptionist, now=at(10) + timedelta(days=1))
    with pytest.raises(Stale):
        await sending.send(came.id, colleague, by=cast.receptionist, now=at(10), version=99)
    assert await active() == [(cast.doctor_id, "checked_in")]


@pytest.mark.race
async def test_sent_and_called_in_at_once_he_is_in_one_place(cast: Cast, colleague: int) -> None:
    came = await waits(cast)
    found = await asyncio.gather(
        sending.send(came.id, colleague, by=cast.receptionist, now=at(10), version=came.version),
        sending.send(came.id, colleague, by=cast.doctor, now=at(10), version=came.version),
        visits.start(came.id, by=cast.doctor, now=at(10), version=came.version),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Appointment) for each in found) == 1
    assert all(isinstance(each, Appointment | DomainError) for each in found)
    assert len(await active()) == 1


class Therapy(NamedTuple):
    therapist: int
    rooms: list[int]


@pytest.fixture
async def therapy(cast: Cast) -> Therapy:
    """A therapist and two rooms at the cast's clinic."""
    (therapist,) = await therapists(cast.clinic_id)
    return Therapy(therapist, await rooms(cast.clinic_id, 2))


async def session() -> Row[Any]:
    """The one that stands in the book after somebody was sent to a therapist."""
    return await one("SELECT * FROM appointments WHERE therapist_id IS NOT NULL AND status = 'checked_in'")


async def test_he_gets_a_session_as_soon_as_doctor_therapist_and_a_room_are_free(cast: Cast, therapy: Therapy) -> None:
    came = await waits(cast)
    await appointments.book_at(cast.wish(at(11), patient=cast.stranger_patient), by=cast.receptionist, now=at(8))
    sent = await sending.send_to_therapist(
        came.id, therapy.therapist, by=cast.receptionist, now=at(10, 5), version=came.version
    )
    # His own half hour is free again, but the hour that a session takes only after the patient of eleven.
    assert (sent.starts_at, sent.ends_at) == (at(11, 30), at(12, 30))
    stands = await session()
    assert (stands.id, stands.doctor_id, stands.visit_type) == (sent.id, cast.doctor_id, "panchakarma")
    assert (stands.therapist_id, stands.room_id) == (therapy.therapist, therapy.rooms[0])
    assert (stands.checked_in_at, stands.rescheduled_from, stands.token) == (at(9, 50), came.id, 3)
    assert [event.data["appointment_id"] for event in await events("AppointmentRescheduled")] == [str(came.id)]
    assert (await events("PatientCheckedIn"))[-1].data["appointment_id"] == str(sent.id)
    assert {entry.object_id for entry in await audited("AppointmentRescheduled")} == {str(came.id)}
    assert (await audited("PatientCheckedIn"))[-1].actor_id == cast.receptionist.user_id
    shown = next(each for each in (await days.board(cast.doctor_id, DAY)).bookings if each.id == sent.id)
    assert (shown.therapist, shown.room) == ("Therapist 0", "Room 0")


async def test_a_room_and_a_therapist_who_are_taken_are_waited_for(cast: Cast, therapy: Therapy) -> None:
    plan = replace(await proposed(cast, hour=10), therapist_id=therapy.therapist, room_id=therapy.rooms[0])
    colleague = await another_doctor(cast.doctor_id, "colleague")
    (other,) = await therapists(cast.clinic_id)
    of_another = replace(plan, patient_id=cast.stranger_patient, doctor_id=colleague)
    await book_course(of_another, by=cast.receptionist, now=NOW)
    first, second = await waits(cast), await waits(cast, 12, patient=cast.mother_patient)
    sent = await sending.send_to_therapist(first.id, other, by=cast.doctor, now=at(9, 55))
    assert (sent.starts_at, sent.room_id) == (at(9, 55), therapy.rooms[1])
    sent = await sending.send_to_therapist(second.id, therapy.therapist, by=cast.doctor, now=at(9, 55))
    assert (sent.starts_at, sent.room_id) == (at(11), therapy.rooms[0])


async def test_whoever_is_inside_has_had_his_visit_and_goes_on_to_the_therapist(cast: Cast, therapy: Therapy) -> None:
    came = await waits(cast)
    inside = await visits.start(came.id, by=cast.doctor, now=at(10))
    with pytest.raises(NotAllowed):
        await sending.send_to_therapist(came.id, therapy.therapist, by=cast.receptionist, now=at(10, 10))
    sent = await sending.send_to_therapist(
        came.id, therapy.therapist, by=cast.doctor, now=at(10, 10), version=inside.version
    )
    assert (sent.status, sent.starts_at, sent.checked_in_at) == ("checked_in", at(10, 10), at(10, 10))
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=came.id)).status == "completed"
    assert len(await events("ConsultationCompleted")) == len(await audited("ConsultationCompleted")) == 1
    # The link that he has in his hand leads on.
    onward = await ticket(visit_links.code_of(came.id))
    assert onward.id == sent.id


async def test_a_walk_in_who_is_sent_to_a_therapist_has_a_time_from_then_on(cast: Cast, therapy: Therapy) -> None:
    came = await visits.emergency(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(9, 30))
    sent = await sending.send_to_therapist(came.id, therapy.therapist, by=cast.receptionist, now=at(9, 40))
    booked = await appointments.book_at(
        cast.wish(at(9), patient=cast.stranger_patient), by=cast.receptionist, now=at(8)
    )
    await visits.check_in(booked.id, by=cast.receptionist, now=at(9, 5))
    board = await days.board(cast.doctor_id, DAY)
    assert [each.id for each in in_order(board.bookings, board.rule)] == [booked.id, sent.id]
    assert not sent.is_emergency


async def test_who_cannot_be_sent_to_a_therapist_stays_where_he_is(cast: Cast, therapy: Therapy) -> None:
    came = await waits(cast)
    (elsewhere,) = await therapists(cast.other_clinic_id)
    for therapist, when, refused in (
        (elsewhere, at(10), NotFound),
        (999_999, at(10), NotFound),
        (therapy.therapist, at(18, 30), NoTimeTogether),
        (therapy.therapist, at(10) + timedelta(days=1), TooLate),
    ):
        with pytest.raises(refused):
            await sending.send_to_therapist(came.id, therapist, by=cast.receptionist, now=when)
    for other in (cast.asha, cast.other_receptionist, cast.other_doctor):
        with pytest.raises(NotAllowed):
            await sending.send_to_therapist(came.id, therapy.therapist, by=other, now=at(10))
    await write("UPDATE rooms SET is_active = false")
    with pytest.raises(NoTimeTogether):
        await sending.send_to_therapist(came.id, therapy.therapist, by=cast.receptionist, now=at(10))
    assert await active() == [(cast.doctor_id, "checked_in")]


@pytest.mark.race
async def test_two_who_are_sent_to_one_therapist_at_once_follow_each_other(cast: Cast, therapy: Therapy) -> None:
    colleague = await another_doctor(cast.doctor_id, "colleague")
    first = await waits(cast)
    second = await waits(cast, patient=cast.stranger_patient, doctor=colleague)
    found = await asyncio.gather(
        *(sending.send_to_therapist(each.id, therapy.therapist, by=cast.admin, now=at(10)) for each in (first, second))
    )
    assert sorted(each.starts_at for each in found) == [at(10), at(11)]


@pytest.mark.race
async def test_two_doctors_who_send_into_the_same_room_at_once_are_given_one_each(cast: Cast, therapy: Therapy) -> None:
    colleague = await another_doctor(cast.doctor_id, "colleague")
    (other,) = await therapists(cast.clinic_id)
    first = await waits(cast)
    second = await waits(cast, patient=cast.stranger_patient, doctor=colleague)
    found = await asyncio.gather(
        sending.send_to_therapist(first.id, therapy.therapist, by=cast.admin, now=at(10)),
        sending.send_to_therapist(second.id, other, by=cast.admin, now=at(10)),
    )
    assert [each.starts_at for each in found] == [at(10), at(10)]
    assert {each.room_id for each in found} == set(therapy.rooms)
