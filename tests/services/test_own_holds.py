"""A patient's holds: they keep nobody from anything once they ran out, and never himself from what he wishes."""

from datetime import timedelta

import pytest

from core.errors import NotFound
from models.visit import VisitType
from services import appointments, visits
from services.appointments import HOLD_FOR
from services.refusals import PatientBusy, SlotTaken
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import events, many, one, write

LATER = NOW + HOLD_FOR
HERE = at(10)


async def statuses() -> list[str]:
    return [row.status for row in await many("SELECT status FROM appointments ORDER BY created_at, id")]


async def held_elsewhere(cast: Cast, *, minute: int = 0, now=NOW):
    """A hold of Asha's with another doctor, at about the time that she will wish."""
    return await appointments.hold(cast.wish(at(10, minute), doctor=cast.other_doctor_id), by=cast.asha, now=now)


@pytest.mark.parametrize("door", ["hold", "book_at", "reschedule"])
async def test_a_hold_elsewhere_that_ran_out_is_not_in_the_way(cast: Cast, door: str) -> None:
    old = await appointments.book_at(cast.wish(at(16)), by=cast.asha, now=NOW) if door == "reschedule" else None
    lapsed = await held_elsewhere(cast)
    version = "SELECT version FROM doctor_days WHERE doctor_id = :id AND day = :day"
    before = (await one(version, id=cast.other_doctor_id, day=DAY)).version
    if door == "reschedule":
        assert old is not None
        made = await appointments.reschedule(old.id, cast.wish(HERE), by=cast.asha, now=LATER)
    else:
        made = await getattr(appointments, door)(cast.wish(HERE), by=cast.asha, now=LATER)
    assert made.starts_at == HERE
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=lapsed.id)).status == "expired"
    (ended,) = await events("HoldEnded")
    assert ended.data["appointment_id"] == str(lapsed.id)
    assert (await one(version, id=cast.other_doctor_id, day=DAY)).version == before + 1
    # And no token was drawn of the other doctor.
    assert (await one("SELECT last_token FROM doctor_days WHERE doctor_id = :id", id=cast.other_doctor_id))[0] == 0


@pytest.mark.parametrize("door", [visits.walk_in, visits.emergency])
async def test_a_hold_elsewhere_that_ran_out_keeps_nobody_from_being_seen(cast: Cast, door) -> None:
    lapsed = await held_elsewhere(cast, now=at(9, 20))
    seen = await door(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(10))
    assert (seen.starts_at, seen.token) == (at(10), 1)
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=lapsed.id)).status == "expired"


async def test_a_hold_elsewhere_that_ran_out_keeps_nobody_from_coming_back(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(HERE), by=cast.receptionist, now=at(8))
    await visits.no_show(booked.id, by=cast.receptionist, now=HERE)
    await write("UPDATE doctors SET notice_minutes = 0")
    await write(
        "UPDATE weekly_hours SET opens = '09:15' WHERE opens = '09:00' AND doctor_id = :id", id=cast.other_doctor_id
    )
    lapsed = await held_elsewhere(cast, minute=15, now=at(10, 1))
    with pytest.raises(PatientBusy):
        await visits.recall(booked.id, by=cast.receptionist, now=at(10, 2))
    back = await visits.recall(booked.id, by=cast.receptionist, now=at(10, 7))
    assert (back.status, back.starts_at) == ("checked_in", HERE)
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=lapsed.id)).status == "expired"


async def test_one_that_still_runs_is_in_the_way_of_booking_elsewhere(cast: Cast) -> None:
    await held_elsewhere(cast)
    with pytest.raises(PatientBusy):
        await appointments.book_at(cast.wish(HERE), by=cast.receptionist, now=LATER - timedelta(seconds=1))
    assert await statuses() == ["held"]


async def test_ones_own_hold_does_not_keep_one_from_booking_that_time(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(HERE), by=cast.asha, now=NOW)
    with pytest.raises(SlotTaken):
        await appointments.book_at(cast.wish(HERE, patient=cast.mother_patient), by=cast.asha, now=NOW)
    booked = await appointments.book_at(cast.wish(HERE), by=cast.receptionist, now=NOW)
    assert (booked.status, booked.token) == ("booked", 1)
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=held.id)).status == "expired"


async def test_ones_own_hold_does_not_keep_one_from_moving_there(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(16)), by=cast.asha, now=NOW)
    await appointments.hold(cast.wish(HERE), by=cast.asha, now=NOW)
    moved = await appointments.reschedule(booked.id, cast.wish(HERE), by=cast.asha, now=NOW)
    assert (moved.starts_at, moved.rescheduled_from) == (HERE, booked.id)


async def test_a_booking_far_from_ones_hold_leaves_it(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(16)), by=cast.asha, now=NOW)
    await appointments.book_at(cast.wish(HERE), by=cast.receptionist, now=NOW)
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=held.id)).status == "held"


async def test_another_length_at_the_same_time_is_another_wish(cast: Cast) -> None:
    first = await appointments.hold(cast.wish(HERE), by=cast.asha, now=NOW)
    shorter = appointments.Wish(**vars(cast.wish(HERE)) | {"visit": VisitType.FOLLOW_UP})
    second = await appointments.hold(shorter, by=cast.asha, now=NOW)
    assert (second.id != first.id, second.ends_at) == (True, at(10, 15))
    assert sorted(await statuses()) == ["expired", "held"]


async def test_the_sweep_and_a_booking_that_needs_the_time_end_a_hold_once(cast: Cast) -> None:
    third = await another_doctor(cast.doctor_id)
    await held_elsewhere(cast)
    await appointments.expire_holds(LATER)
    await appointments.book_at(cast.wish(HERE, doctor=third), by=cast.asha, now=LATER)
    assert len(await events("HoldEnded")) == 1


async def test_nobody_holds_or_books_for_one_who_does_not_exist(cast: Cast) -> None:
    for door in (appointments.hold, appointments.book_at):
        with pytest.raises(NotFound):
            await door(cast.wish(HERE, patient=999_999), by=cast.receptionist, now=NOW)
    for door in (visits.walk_in, visits.emergency):
        with pytest.raises(NotFound):
            await door(999_999, cast.doctor_id, by=cast.receptionist, now=at(10))
    assert (await one("SELECT (SELECT count(*) FROM appointments) + (SELECT count(*) FROM doctor_days) AS n")).n == 0
