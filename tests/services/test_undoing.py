"""The last move is taken back: by whoever made it, within seconds, and only while it is the last."""

import asyncio
from datetime import timedelta

import pytest

from core.errors import DomainError, NotAllowed, Stale
from models import Appointment
from models.desk_payment import Method
from services import appointments, days, desk_payments, sending, undoing, visits
from services.desk_payments import AlreadyPaid, Tender
from services.refusals import DoctorBusy, SlotTaken, TooLate
from tests.people import DAY, Cast, another_doctor, at
from tests.rows import audited, events, one, write

SOON = timedelta(seconds=8)


async def here(cast: Cast, hour: int = 10, patient: int | None = None) -> Appointment:
    booked = await appointments.book_at(cast.wish(at(hour), patient=patient), by=cast.receptionist, now=at(8))
    return await visits.check_in(booked.id, by=cast.receptionist, now=at(9, 50))


async def undone(appointment: Appointment, by, when) -> Appointment:
    return await undoing.undo(appointment.id, by=by, now=when + SOON, version=appointment.version)


async def test_each_move_of_the_visit_is_taken_back_as_it_was(cast: Cast) -> None:
    came = await here(cast)
    booked = await undone(came, cast.receptionist, at(9, 50))
    assert (booked.status, booked.checked_in_at) == ("booked", None)
    came = await visits.check_in(booked.id, by=cast.receptionist, now=at(9, 51))
    inside = await visits.start(came.id, by=cast.doctor, now=at(10))
    out = await undone(inside, cast.doctor, at(10))
    assert (out.status, out.started_at, out.checked_in_at) == ("checked_in", None, at(9, 51))
    inside = await visits.start(came.id, by=cast.doctor, now=at(10, 1))
    over = await visits.complete(came.id, by=cast.doctor, now=at(10, 20))
    again = await undone(over, cast.doctor, at(10, 20))
    assert (again.status, again.started_at, again.ended_at) == ("in_consultation", at(10, 1), None)
    assert len(await audited("LastMoveTakenBack")) == 3


async def test_whose_booking_no_trail_has_is_booked_again_when_his_check_in_is_taken_back(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=at(8))
    # As one that was brought along from elsewhere: the trail itself cannot be changed.
    await write("UPDATE appointments SET id = gen_random_uuid() WHERE id = :id", id=booked.id)
    brought = (await one("SELECT id FROM appointments")).id
    came = await visits.check_in(brought, by=cast.receptionist, now=at(9, 50))
    again = await undone(came, cast.receptionist, at(9, 50))
    assert (again.status, again.checked_in_at) == ("booked", None)
    assert len(await audited("LastMoveTakenBack")) == 1


async def test_one_who_was_given_up_is_where_he_was_unless_his_time_is_gone(cast: Cast) -> None:
    came = await here(cast)
    missed = await visits.no_show(came.id, by=cast.receptionist, now=at(10, 15))
    assert (await undone(missed, cast.receptionist, at(10, 15))).status == "checked_in"
    missed = await visits.no_show(came.id, by=cast.receptionist, now=at(10, 16))
    await visits.emergency(cast.stranger_patient, cast.doctor_id, by=cast.receptionist, now=at(10, 16))
    with pytest.raises(SlotTaken):
        await undone(missed, cast.receptionist, at(10, 16))


async def test_one_who_is_passed_over_waits_on_and_is_called_anew(cast: Cast) -> None:
    came = await here(cast)
    first = await visits.skip(came.id, by=cast.doctor, now=at(10), version=came.version)
    assert (first.status, first.skipped_at, first.checked_in_at) == ("checked_in", at(10), at(9, 50))
    second = await visits.skip(came.id, by=cast.receptionist, now=at(10, 5))
    assert (await undone(second, cast.receptionist, at(10, 5))).skipped_at == at(10)
    with pytest.raises(Stale):
        await visits.skip(came.id, by=cast.doctor, now=at(10, 6), version=came.version)
    for other in (cast.asha, cast.other_receptionist, cast.other_doctor):
        with pytest.raises(NotAllowed):
            await visits.skip(came.id, by=other, now=at(10, 6))


async def test_who_is_not_here_is_not_passed_over(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=at(8))
    with pytest.raises(Stale):
        await visits.skip(booked.id, by=cast.doctor, now=at(10))


async def test_the_first_passing_over_is_taken_back_wholly(cast: Cast) -> None:
    came = await here(cast)
    skipped = await visits.skip(came.id, by=cast.doctor, now=at(10))
    assert (await undone(skipped, cast.doctor, at(10))).skipped_at is None


async def test_only_whoever_did_it_and_only_for_some_seconds(cast: Cast) -> None:
    came = await here(cast)
    for other in (cast.doctor, cast.admin, cast.asha, cast.other_receptionist):
        with pytest.raises(NotAllowed):
            await undone(came, other, at(9, 50))
    late = at(9, 50) + undoing.UNDO_FOR + undoing.ON_THE_WAY + timedelta(seconds=1)
    with pytest.raises(TooLate):
        await undoing.undo(came.id, by=cast.receptionist, now=late)
    assert (await one("SELECT status FROM appointments")).status == "checked_in"


async def test_what_is_not_the_last_or_no_move_at_the_door_stays(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=at(9, 50))
    with pytest.raises(Stale):
        await undone(booked, cast.receptionist, at(9, 50))
    came = await visits.check_in(booked.id, by=cast.receptionist, now=at(9, 50))
    back = await undone(came, cast.receptionist, at(9, 50))
    with pytest.raises(Stale):
        await undone(back, cast.receptionist, at(9, 50))
    with pytest.raises(Stale):
        await undone(came, cast.receptionist, at(9, 50))


async def test_one_who_was_added_by_mistake_was_never_there(cast: Cast) -> None:
    came = await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(10))
    gone = await undone(came, cast.receptionist, at(10))
    assert gone.status == "expired"
    assert [(entry.object_id, entry.actor_id) for entry in await audited("LastMoveTakenBack")] == [
        (str(came.id), cast.receptionist.user_id)
    ]
    (told,) = await events("LastMoveTakenBack")
    assert told.data["appointment_id"] == str(came.id)
    board = await days.board(cast.doctor_id, DAY)
    assert (board.shown, board.line) == ((), ())
    # His time and his token are not given to another; the next one gets the next.
    assert (await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(10, 1))).token == 2


async def test_one_who_was_added_and_has_paid_or_was_sent_on_is_not_taken_out(cast: Cast) -> None:
    paid = await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(10))
    tender = Tender(amount=paid.fee, due=paid.fee, method=Method.CASH)
    await desk_payments.take(paid.id, tender, key="one-payment", by=cast.receptionist, now=at(10))
    with pytest.raises(AlreadyPaid):
        await undone(paid, cast.receptionist, at(10))
    sent = await sending.send(
        (await visits.walk_in(cast.stranger_patient, cast.doctor_id, by=cast.receptionist, now=at(10, 1))).id,
        await another_doctor(cast.doctor_id),
        by=cast.receptionist,
        now=at(10, 2),
    )
    with pytest.raises(Stale):
        await undone(sent, cast.receptionist, at(10, 2))


@pytest.mark.parametrize("was_here", [True, False])
async def test_one_who_was_recalled_by_mistake_is_given_up_again_at_the_time_he_had(cast: Cast, was_here: bool) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=at(8))
    if was_here:
        await visits.check_in(booked.id, by=cast.receptionist, now=at(9, 50))
    missed = await visits.no_show(booked.id, by=cast.receptionist, now=at(10, 15))
    # His own time is gone by then.
    await visits.emergency(cast.stranger_patient, cast.doctor_id, by=cast.receptionist, now=at(10, 15))
    recalled = await visits.recall(booked.id, by=cast.receptionist, now=at(10, 20))
    assert recalled.starts_at != missed.starts_at
    again = await undone(recalled, cast.receptionist, at(10, 20))
    for column in ("status", "starts_at", "ends_at", "busy_until", "checked_in_at"):
        assert getattr(again, column) == getattr(missed, column), column
    # And here after all.
    assert (await visits.recall(booked.id, by=cast.receptionist, now=at(10, 21))).status == "checked_in"


async def test_a_visit_that_is_over_is_not_resumed_while_another_is_inside(cast: Cast) -> None:
    first, second = await here(cast), await here(cast, 11, cast.stranger_patient)
    await visits.start(first.id, by=cast.doctor, now=at(10))
    over = await visits.complete(first.id, by=cast.doctor, now=at(10, 20))
    await visits.start(second.id, by=cast.doctor, now=at(10, 20))
    with pytest.raises(DoctorBusy):
        await undone(over, cast.doctor, at(10, 20))


@pytest.mark.race
async def test_of_two_who_take_it_back_and_one_who_goes_on_one_wins(cast: Cast) -> None:
    for hour in (9, 10, 11, 12, 15):
        came = await here(cast, hour, cast.stranger_patient if hour % 2 else None)
        inside = await visits.start(came.id, by=cast.doctor, now=at(10))
        tries = (
            undone(inside, cast.doctor, at(10)),
            undone(inside, cast.doctor, at(10)),
            visits.complete(inside.id, by=cast.doctor, now=at(10), version=inside.version),
        )
        found = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(each, Appointment) for each in found) == 1
        assert all(isinstance(each, Appointment | DomainError) for each in found)
        if (await one("SELECT status FROM appointments WHERE id = :id", id=inside.id)).status != "completed":
            await visits.no_show(inside.id, by=cast.doctor, now=at(15))
