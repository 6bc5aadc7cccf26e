"""Who was faster is told to those who may see the day."""

from datetime import time, timedelta

import pytest

from services import appointments, visits
from services.absence.breaks import take_break
from services.absence.leaves import Away
from services.absence.new_hours import Sitting, WeekHours
from services.absence.resolver import commit
from services.who_moved import LastMove, last_change, last_move
from tests.people import DAY, Cast, at


async def test_the_last_that_was_done_and_by_whom(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=at(7))
    assert await last_move(booked.id, by=cast.doctor, now=at(7, 1)) == LastMove(
        kind="AppointmentBooked", ago=timedelta(minutes=1), name=None, role="patient", is_mine=False, version=1
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


async def test_of_a_calendar_the_last_change_since_one_looked_is_told_to_who_may_see_the_day(cast: Cast) -> None:
    looked = at(8)
    assert await last_change(cast.doctor_id, looked, by=cast.doctor, now=at(8, 1)) is None
    shorter = (Sitting(opens=time(9), closes=time(12), modes=("in_person",), clinic_id=cast.clinic_id),)
    await commit(
        WeekHours(doctor_id=cast.doctor_id, weekdays={DAY.weekday(): shorter}), by=cast.receptionist, now=at(8, 2)
    )
    found = await last_change(cast.doctor_id, looked, by=cast.doctor, now=at(8, 5))
    assert found is not None
    assert (found.kind, found.ago, found.name) == ("HoursChanged", timedelta(minutes=3), "Front Desk")
    await take_break(cast.doctor_id, timedelta(minutes=10), by=cast.doctor, now=at(10))
    mine = await last_change(cast.doctor_id, looked, by=cast.doctor, now=at(10))
    assert mine is not None
    assert (mine.kind, mine.is_mine) == ("BreakTaken", True)
    leave = Away(doctor_ids=(cast.doctor_id,), starts_at=at(15), ends_at=at(17))
    await commit(leave, by=cast.admin, now=at(10, 1))
    assert (found := await last_change(cast.doctor_id, looked, by=cast.doctor, now=at(10, 2))) is not None
    assert (found.kind, found.name) == ("LeaveTaken", "Boss Admin")
    assert await last_change(cast.doctor_id, at(11), by=cast.doctor, now=at(11)) is None
    assert await last_change(cast.other_doctor_id, looked, by=cast.admin, now=at(11)) is None
    for other in (cast.other_doctor, cast.other_receptionist, cast.asha):
        assert await last_change(cast.doctor_id, looked, by=other, now=at(11)) is None
