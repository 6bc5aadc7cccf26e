"""Hold, book, let go, cancel: the row, the event and the audit entry of each; and what is refused."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from core import db
from core.errors import NotAllowed
from services import appointments
from services.refusals import HoldExpired, NotOpen, PatientBusy, SlotTaken
from tests.people import DAY, NOW, Cast, at


async def one(query: str, **values: object):
    async with db.snapshot() as connection:
        return (await connection.execute(text(query), values)).one()


async def test_a_hold_becomes_an_appointment_with_a_token_an_event_and_an_audit_entry(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    assert (held.status, held.token, held.day) == ("held", None, DAY)
    booked = await appointments.book(held.id, by=cast.asha, now=NOW + timedelta(minutes=1))
    assert (booked.status, booked.token, booked.version, booked.held_until) == ("booked", 1, 2, None)

    row = await one("SELECT status, token, version FROM appointments WHERE id = :id", id=held.id)
    assert tuple(row) == ("booked", 1, 2)
    event = await one("SELECT topics, data FROM events WHERE kind = 'AppointmentBooked'")
    assert set(event.topics) == {
        f"doctor:{cast.doctor_id}",
        f"doctor:{cast.doctor_id}:{DAY}",
        f"patient:{cast.asha_patient}",
        f"account:{cast.asha.user_id}",
        f"clinic:{cast.clinic_id}",
    }
    assert set(event.data) == {"appointment_id", "doctor_id", "day", "day_version", "version"}
    entry = await one("SELECT actor_id, patient_id, object_id FROM audit_log WHERE action = 'AppointmentBooked'")
    assert tuple(entry) == (cast.asha.user_id, cast.asha_patient, str(held.id))


async def test_booking_twice_gives_the_same_answer(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    first = await appointments.book(held.id, by=cast.asha, now=NOW)
    assert await appointments.book(held.id, by=cast.asha, now=NOW) == first


async def test_a_taken_time_is_refused_with_the_three_nearest(cast: Cast) -> None:
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    with pytest.raises(SlotTaken) as refusal:
        await appointments.hold(cast.wish(at(10), patient=cast.stranger_patient), by=cast.stranger, now=NOW)
    assert [slot.starts_at for slot in refusal.value.data["alternatives"]] == [at(9), at(9, 30), at(10, 30)]


async def test_a_lapsed_hold_makes_way_for_the_next_and_cannot_be_confirmed(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    later = NOW + appointments.HOLD_FOR
    with pytest.raises(HoldExpired):
        await appointments.book(held.id, by=cast.asha, now=later)
    taken = await appointments.hold(cast.wish(at(10), patient=cast.stranger_patient), by=cast.stranger, now=later)
    assert taken.status == "held"
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=held.id)).status == "expired"


async def test_a_second_hold_of_the_same_person_lets_the_first_go(cast: Cast) -> None:
    first = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    second = await appointments.hold(cast.wish(at(11)), by=cast.asha, now=NOW)
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=first.id)).status == "expired"
    again = await appointments.hold(cast.wish(at(11)), by=cast.asha, now=NOW + timedelta(minutes=2))
    assert again.id == second.id
    assert again.held_until == NOW + timedelta(minutes=2) + appointments.HOLD_FOR


async def test_a_person_cannot_be_in_two_places(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    await appointments.book(held.id, by=cast.asha, now=NOW)
    elsewhere = cast.wish(at(10), doctor=cast.other_doctor_id)
    with pytest.raises(PatientBusy):
        await appointments.hold(elsewhere, by=cast.asha, now=NOW)
    for_mother = cast.wish(at(10), doctor=cast.other_doctor_id, patient=cast.mother_patient)
    assert (await appointments.hold(for_mother, by=cast.asha, now=NOW)).status == "held"


@pytest.mark.parametrize(
    "moment",
    [at(8), at(13), at(10, 10), at(14), NOW - timedelta(days=1), at(10) + timedelta(days=3650)],
)
async def test_a_time_outside_the_grid_is_not_open_and_nothing_is_written(cast: Cast, moment) -> None:
    with pytest.raises(NotOpen):
        await appointments.hold(cast.wish(moment), by=cast.asha, now=NOW)
    assert (await one("SELECT count(*) AS n FROM appointments")).n == 0
    assert (await one("SELECT count(*) AS n FROM doctor_days")).n == 0


async def test_nobody_books_for_a_stranger_and_nobody_else_confirms_or_cancels(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        await appointments.hold(cast.wish(at(10)), by=cast.stranger, now=NOW)
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    for other in (cast.stranger, cast.other_doctor, cast.other_receptionist):
        with pytest.raises(NotAllowed):
            await appointments.book(held.id, by=other, now=NOW)
    await appointments.book(held.id, by=cast.asha, now=NOW)
    for other in (cast.stranger, cast.other_doctor, cast.other_receptionist):
        with pytest.raises(NotAllowed):
            await appointments.cancel(held.id, by=other, now=NOW)


async def test_a_cancelled_time_is_open_again(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    await appointments.book(held.id, by=cast.asha, now=NOW)
    cancelled = await appointments.cancel(held.id, by=cast.asha, now=NOW)
    assert cancelled.status == "cancelled"
    again = await appointments.hold(cast.wish(at(10), patient=cast.stranger_patient), by=cast.stranger, now=NOW)
    booked = await appointments.book(again.id, by=cast.stranger, now=NOW)
    assert booked.token == 2
