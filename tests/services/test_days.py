"""A doctor's day as the staff sees it: who may open it, what stands on it, and that it was opened."""

from datetime import timedelta

import pytest

from core.errors import NotAllowed, NotFound
from services import appointments, days
from tests.people import DAY, NOW, Cast, at
from tests.rows import audited, write


async def booked(cast: Cast, hour: int, **wish) -> appointments.Appointment:
    held = await appointments.hold(cast.wish(at(hour), **wish), by=cast.asha, now=NOW)
    return await appointments.book(held.id, by=cast.asha, now=NOW)


@pytest.mark.parametrize("whose", ["doctor", "receptionist", "admin"])
async def test_the_day_is_open_to_its_doctor_his_clinic_and_the_admin_and_that_is_recorded(
    cast: Cast, whose: str
) -> None:
    late, early = await booked(cast, 11), await booked(cast, 10, patient=cast.mother_patient)
    by = getattr(cast, whose)
    board = await days.open_board(cast.doctor_id, DAY, by=by, now=NOW)
    assert [(b.id, b.patient, b.token) for b in board.bookings] == [
        (early.id, "Leela Kulkarni", 2),
        (late.id, "Asha Kulkarni", 1),
    ]
    assert (board.doctor_id, board.day, board.zone, board.version) == (cast.doctor_id, DAY, "Asia/Kolkata", 4)
    (entry,) = await audited("DayRead")
    assert (entry.actor_id, entry.actor_role, entry.object_id, entry.occurred_at) == (
        by.user_id,
        by.role,
        f"{cast.doctor_id}:{DAY}",
        NOW,
    )


@pytest.mark.parametrize("whose", ["asha", "stranger", "other_doctor", "other_receptionist"])
async def test_the_day_is_closed_to_everybody_else_and_nothing_is_recorded(cast: Cast, whose: str) -> None:
    await booked(cast, 10)
    with pytest.raises(NotAllowed):
        await days.open_board(cast.doctor_id, DAY, by=getattr(cast, whose), now=NOW)
    assert await audited("DayRead") == []


async def test_a_doctor_who_is_not_there_is_not_found(cast: Cast) -> None:
    for missing in (0, -1, 999_999):
        with pytest.raises(NotFound):
            await days.open_board(missing, DAY, by=cast.admin, now=NOW)
        with pytest.raises(NotFound):
            await days.board(missing, DAY)
    await write("UPDATE doctors SET is_active = false WHERE id = :id", id=cast.doctor_id)
    with pytest.raises(NotFound):
        await days.doctor_ref(cast.doctor_id)


async def test_a_day_shows_that_doctors_that_days_and_not_what_ran_out(cast: Cast) -> None:
    stays = await booked(cast, 10)
    await booked(cast, 11, doctor=cast.other_doctor_id)
    tomorrow = cast.wish(at(10, day=DAY + timedelta(days=1)))
    await appointments.hold(tomorrow, by=cast.asha, now=NOW)
    lapsed = await appointments.hold(cast.wish(at(12)), by=cast.asha, now=NOW)
    await appointments.release(lapsed.id, by=cast.asha, now=NOW)
    gone = await booked(cast, 15)
    await appointments.cancel(gone.id, by=cast.asha, now=NOW)
    board = await days.board(cast.doctor_id, DAY)
    assert [(b.id, b.status) for b in board.shown] == [(stays.id, "booked"), (gone.id, "cancelled")]


async def test_a_day_on_which_nothing_happened_is_empty_and_of_version_nought(cast: Cast) -> None:
    board = await days.board(cast.doctor_id, DAY)
    assert (board.version, board.bookings) == (0, ())


async def test_a_doctor_is_known_with_his_clinic_and_its_zone(cast: Cast) -> None:
    found = await days.doctor_ref(cast.doctor_id)
    assert (found.doctor_id, found.clinic_id, found.name) == (cast.doctor_id, cast.clinic_id, "Vd. Meera Joshi")
    assert (found.slug, found.zone) == ("vd-meera-joshi", "Asia/Kolkata")
