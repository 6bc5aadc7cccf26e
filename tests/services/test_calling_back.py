"""One who was sent on is called back: as if he had never been sent, unless something has come of it."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from core.errors import DomainError, NotAllowed, NotFound, Stale
from models import Appointment
from models.desk_payment import Method
from services import appointments, calling_back, desk_payments, moving, sending, undoing, visit_links, visits
from services.desk_payments import AlreadyPaid, Tender
from services.refusals import DoctorBusy, HasGoneIn, SlotTaken, TooLate
from services.undoing import ON_THE_WAY, UNDO_FOR
from services.visit_tickets import ticket
from tests.people import Cast, another_doctor, at
from tests.rows import audited, events, many, one
from tests.therapy import rooms, therapists

SOON = timedelta(seconds=8)


@pytest.fixture
async def colleague(cast: Cast) -> int:
    """Another doctor of the same clinic."""
    return await another_doctor(cast.doctor_id, "colleague")


@pytest.fixture
async def therapist(cast: Cast) -> int:
    """One at the cast's clinic, with a room."""
    await rooms(cast.clinic_id, 1)
    (found,) = await therapists(cast.clinic_id)
    return found


async def waits(cast: Cast, hour: int = 10, **whom: int) -> Appointment:
    booked = await appointments.book_at(cast.wish(at(hour), **whom), by=cast.receptionist, now=at(8))
    return await visits.check_in(booked.id, by=cast.receptionist, now=at(9, 50))


async def active() -> list[tuple[int, str, int]]:
    query = "SELECT doctor_id, status, token FROM appointments WHERE status IN ('checked_in', 'in_consultation')"
    return [(row.doctor_id, row.status, row.token) for row in await many(query)]


async def test_he_stands_where_he_stood_with_his_token_his_fee_and_his_place(cast: Cast, colleague: int) -> None:
    came = await waits(cast)
    passed_over = await visits.skip(came.id, by=cast.receptionist, now=at(10, 2))
    sent = await sending.send(came.id, colleague, by=cast.receptionist, now=at(10, 5))
    back = await calling_back.call_back(sent.id, by=cast.receptionist, now=at(10, 5) + SOON, version=sent.version)
    for column in ("doctor_id", "starts_at", "ends_at", "token", "fee", "source", "checked_in_at", "skipped_at"):
        assert getattr(back, column) == getattr(passed_over, column), column
    assert await active() == [(cast.doctor_id, "checked_in", came.token)]
    assert [event.data["appointment_id"] for event in await events("AppointmentRescheduled")] == [
        str(came.id),
        str(sent.id),
    ]
    told = (await events("PatientCheckedIn"))[-1]
    assert (told.data["appointment_id"], told.data["doctor_id"]) == (str(back.id), cast.doctor_id)
    entry = (await audited("PatientCheckedIn"))[-1]
    assert (entry.object_id, entry.actor_id) == (str(back.id), cast.receptionist.user_id)
    # Whoever has the link of the first, or of the second, is led to where he stands.
    for link in (came, sent):
        assert (await ticket(visit_links.code_of(link.id))).id == back.id


async def test_one_who_was_inside_is_inside_again_and_was_never_sent(cast: Cast, therapist: int) -> None:
    came = await waits(cast)
    inside = await visits.start(came.id, by=cast.doctor, now=at(10))
    sent = await sending.send_to_therapist(came.id, therapist, by=cast.doctor, now=at(10, 10))
    # To the visit's own finish there is no way back past the sending.
    with pytest.raises(Stale):
        await undoing.undo(came.id, by=cast.doctor, now=at(10, 10))
    with pytest.raises(Stale):
        await moving.move_back(sent.id, by=cast.doctor, now=at(10, 10))
    back = await calling_back.call_back(sent.id, by=cast.doctor, now=at(10, 10) + SOON, version=sent.version)
    assert (back.id, back.status, back.started_at, back.ended_at) == (
        came.id,
        "in_consultation",
        inside.started_at,
        None,
    )
    assert await active() == [(cast.doctor_id, "in_consultation", came.token)]
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=sent.id)).status == "expired"
    assert [each.data["appointment_id"] for each in await events("LastMoveTakenBack")] == [str(sent.id), str(came.id)]
    assert [each.object_id for each in await audited("LastMoveTakenBack")] == [str(sent.id), str(came.id)]
    for link in (came, sent):
        assert (await ticket(visit_links.code_of(link.id))).id == came.id
    # His visit ends, and he is sent on after all: his link leads to what came last.
    again = await sending.send_to_therapist(came.id, therapist, by=cast.doctor, now=at(10, 15))
    onward = await ticket(visit_links.code_of(came.id))
    assert onward.id == again.id


async def test_once_he_has_gone_in_there_he_is_not_called_back(cast: Cast, colleague: int) -> None:
    came = await waits(cast)
    sent = await sending.send(came.id, colleague, by=cast.receptionist, now=at(10, 5))
    await visits.start(sent.id, by=cast.admin, now=at(10, 5))
    with pytest.raises(HasGoneIn):
        await calling_back.call_back(sent.id, by=cast.receptionist, now=at(10, 5) + SOON, version=sent.version)
    await visits.complete(sent.id, by=cast.admin, now=at(10, 5))
    with pytest.raises(HasGoneIn):
        await calling_back.call_back(sent.id, by=cast.receptionist, now=at(10, 5) + SOON, version=sent.version)
    assert await active() == []


async def test_only_whoever_sent_him_only_for_some_seconds_and_only_as_the_last(cast: Cast, colleague: int) -> None:
    came = await waits(cast)
    with pytest.raises(Stale):
        await calling_back.call_back(came.id, by=cast.receptionist, now=at(9, 50))
    sent = await sending.send(came.id, colleague, by=cast.receptionist, now=at(10, 5))
    for other in (cast.admin, cast.asha, cast.doctor, cast.other_receptionist, cast.other_doctor):
        with pytest.raises(NotAllowed):
            await calling_back.call_back(sent.id, by=other, now=at(10, 5))
    late = at(10, 5) + UNDO_FOR + ON_THE_WAY + timedelta(seconds=1)
    with pytest.raises(TooLate):
        await calling_back.call_back(sent.id, by=cast.receptionist, now=late)
    with pytest.raises(Stale):
        await calling_back.call_back(sent.id, by=cast.receptionist, now=at(10, 5), version=99)
    with pytest.raises(NotFound):
        await calling_back.call_back(uuid4(), by=cast.receptionist, now=at(10))
    await visits.skip(sent.id, by=cast.receptionist, now=at(10, 5) + SOON)
    with pytest.raises(Stale):
        await calling_back.call_back(sent.id, by=cast.receptionist, now=at(10, 5) + SOON)
    assert [row[:2] for row in await active()] == [(colleague, "checked_in")]


async def test_a_place_that_is_taken_by_now_is_not_taken_from_anybody(
    cast: Cast, colleague: int, therapist: int
) -> None:
    came = await waits(cast)
    sent = await sending.send(came.id, colleague, by=cast.receptionist, now=at(10, 5))
    await appointments.book_at(cast.wish(at(10), patient=cast.stranger_patient), by=cast.receptionist, now=at(8))
    with pytest.raises(SlotTaken):
        await calling_back.call_back(sent.id, by=cast.receptionist, now=at(10, 5) + SOON)
    inside, next_one = await waits(cast, 11, patient=cast.mother_patient), await waits(cast, 12)
    await visits.start(inside.id, by=cast.doctor, now=at(11))
    onward = await sending.send_to_therapist(inside.id, therapist, by=cast.doctor, now=at(11, 10))
    await visits.start(next_one.id, by=cast.doctor, now=at(11, 10))
    with pytest.raises(DoctorBusy):
        await calling_back.call_back(onward.id, by=cast.doctor, now=at(11, 10) + SOON)
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=onward.id)).status == "checked_in"


async def test_what_is_paid_for_already_is_not_unmade(cast: Cast, therapist: int) -> None:
    came = await waits(cast)
    await visits.start(came.id, by=cast.doctor, now=at(10))
    sent = await sending.send_to_therapist(came.id, therapist, by=cast.doctor, now=at(10, 10))
    tender = Tender(amount=sent.fee, due=sent.fee, method=Method.CASH)
    await desk_payments.take(sent.id, tender, key="one-payment", by=cast.receptionist, now=at(10, 10))
    with pytest.raises(AlreadyPaid):
        await calling_back.call_back(sent.id, by=cast.doctor, now=at(10, 10) + SOON)


@pytest.mark.race
async def test_called_back_and_called_in_at_once_he_is_in_one_place(cast: Cast, colleague: int) -> None:
    for hour in (10, 11, 12, 15, 16):
        came, now = await waits(cast, hour), at(hour, 5)
        sent = await sending.send(came.id, colleague, by=cast.receptionist, now=now)
        found = await asyncio.gather(
            calling_back.call_back(sent.id, by=cast.receptionist, now=now, version=sent.version),
            calling_back.call_back(sent.id, by=cast.receptionist, now=now, version=sent.version),
            visits.start(sent.id, by=cast.admin, now=now, version=sent.version),
            return_exceptions=True,
        )
        (won,) = [each for each in found if isinstance(each, Appointment)]
        assert all(isinstance(each, DomainError) for each in found if each is not won)
        assert len(await active()) == 1
        end = visits.complete if won.doctor_id == colleague else visits.no_show
        await end(won.id, by=cast.admin, now=at(hour, 6))
