"""Whoever waits for a doctor who is late takes another time by himself; for one who is on time he does not."""

from datetime import timedelta

import pytest

from core import clock, db
from models.user import Role
from services import appointments, queue, sessions, visits
from state.booking import Booking
from tests.people import Cast, at
from tests.rows import one
from tests.state.pages import tab


@pytest.mark.parametrize("is_late", [True, False])
async def test_one_who_is_here_moves_for_free_while_the_doctor_is_late(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, is_late: bool
) -> None:
    waits = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=at(8))
    await visits.check_in(waits.id, by=cast.receptionist, now=at(9, 50))
    if is_late:
        await queue.run_late(cast.doctor_id, timedelta(minutes=90), by=cast.receptionist, now=at(10))
    monkeypatch.setattr(clock, "now", lambda: at(10, 5))
    async with db.transaction() as tx:
        cookie = await sessions.open_session(
            tx, cast.asha.user_id, Role.PATIENT, address=None, user_agent=None, now=clock.now()
        )
    page = tab(cookie, f"/doctor/any?move={waits.id}").get_substate(Booking.get_full_name().split("."))
    await Booking.load.fn(page)
    assert (page.moving, page.patient_id) == (str(waits.id), str(cast.asha_patient))
    held = await appointments.hold(cast.wish(at(16)), by=cast.asha, now=at(10, 5))
    await Booking.move.fn(page, str(held.id))
    stands = await one("SELECT status FROM appointments WHERE id = :id", id=waits.id)
    assert (page.refusal, stands.status) == (
        ("", "rescheduled") if is_late else ("It is too late to change this appointment.", "checked_in")
    )
