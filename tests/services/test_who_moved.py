"""Who was faster is told to those who may see the day."""

from datetime import timedelta

import pytest

from services import appointments, visits
from services.who_moved import LastMove, last_move
from tests.people import Cast, at


async def test_the_last_that_was_done_and_by_whom(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=at(7))
    assert await last_move(booked.id, by=cast.doctor, now=at(7, 1)) == LastMove(
        kind="AppointmentBooked", ago=timedelta(minutes=1), name=None, role="patient", is_mine=False
    )
    await visits.check_in(booked.id, by=cast.receptionist, now=at(9, 50))
    found = await last_move(booked.id, by=cast.doctor, now=at(9, 50) + timedelta(seconds=3))
    assert found is not None
    assert (found.kind, found.ago.seconds, found.role, found.is_mine) == ("PatientCheckedIn", 3, "receptionist", False)
    assert found.name
    mine = await last_move(booked.id, by=cast.receptionist, now=at(9, 50))
    assert mine is not None
    assert mine.is_mine


@pytest.mark.parametrize("who", ["asha", "stranger", "other_doctor", "other_receptionist"])
async def test_nobody_else_is_told(cast: Cast, who: str) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=at(7))
    assert await last_move(booked.id, by=getattr(cast, who), now=at(8)) is None
