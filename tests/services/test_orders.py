"""What programs ask of the book, where it is not what pages ask: the wall clock where it is put forward and back."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from core import clock
from core.errors import NotAllowed, NotFound, Stale
from models.doctor import Mode
from services import appointments, orders, visits
from services.orders import Order, WallClock
from services.people import Person
from services.refusals import NotOpen
from tests.people import NOW, Cast, another_doctor, at
from tests.rows import one, write

NEW_YORK = "America/New_York"


def sunday(month: int, which: int) -> date:
    """The next such Sunday of a month: the second of March and the first of November put New York's clock."""
    today = clock.now().date()
    for year in (today.year, today.year + 1):
        first = date(year, month, 1)
        found = first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (which - 1))
        if found > today + timedelta(days=3):
            return found
    raise AssertionError


async def night_doctor(cast: Cast) -> int:
    """One who sits in New York, at night, where her clock is put."""
    await write("UPDATE clinics SET time_zone = :zone WHERE id = :id", zone=NEW_YORK, id=cast.clinic_id)
    doctor = await another_doctor(cast.doctor_id, "night")
    await write("DELETE FROM weekly_hours WHERE doctor_id = :id AND opens = '15:00'", id=doctor)
    await write("UPDATE weekly_hours SET opens = '00:00', closes = '05:00' WHERE doctor_id = :id", id=doctor)
    return doctor


async def book(cast: Cast, doctor: int, day: date, wall: time) -> datetime:
    now = datetime.combine(day - timedelta(days=1), time(12), UTC)
    made = await orders.book(Order(doctor_id=doctor, at=WallClock(day, wall)), by=cast.asha, now=now)
    return made.appointment.starts_at


async def test_a_time_that_the_clock_leaps_over_is_no_time(cast: Cast) -> None:
    doctor, day = await night_doctor(cast), sunday(3, 2)
    for wall in (time(2), time(2, 30)):
        with pytest.raises(NotOpen) as refusal:
            await book(cast, doctor, day, wall)
        assert refusal.value.data == {"why": "outside_hours"}
    assert await book(cast, doctor, day, time(3)) == datetime.combine(day, time(7), UTC)


async def test_of_a_time_that_the_clock_shows_twice_the_first_is_meant(cast: Cast) -> None:
    doctor, day = await night_doctor(cast), sunday(11, 1)
    assert await book(cast, doctor, day, time(1, 30)) == datetime.combine(day, time(5, 30), UTC)
    assert await book(cast, doctor, day, time(2)) == datetime.combine(day, time(7), UTC)


async def test_a_mode_is_in_person_where_none_is_said(cast: Cast) -> None:
    made = await orders.book(Order(doctor_id=cast.doctor_id, at=at(10)), by=cast.asha, now=NOW)
    assert made.appointment.mode == Mode.IN_PERSON
    assert made.person is None


async def test_who_acts_for_the_clinic_is_told_whom_it_is_for(cast: Cast) -> None:
    person = Person(name="Leela Pawar", phone="9800000001")
    made = await orders.book(Order(doctor_id=cast.doctor_id, at=at(10), person=person), by=cast.doctor, now=NOW)
    assert made.person == Person(name="Leela Pawar", phone="+919800000001")


async def test_a_move_of_anothers_is_of_nothing_and_one_that_may_not_be_is_refused(cast: Cast) -> None:
    mine = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    for by in (cast.stranger, cast.other_receptionist, cast.other_doctor):
        with pytest.raises(NotFound):
            await orders.moved(appointments.cancel, mine.id, by=by, now=NOW, version=1)
    with pytest.raises(NotFound):
        await orders.moved(appointments.cancel, UUID(int=1), by=cast.asha, now=NOW, version=1)
    with pytest.raises(NotAllowed):
        await orders.moved(visits.check_in, mine.id, by=cast.asha, now=NOW, version=1)
    assert (await one("SELECT version FROM appointments")).version == 1


async def test_a_move_that_comes_too_late_tells_how_it_stands(cast: Cast) -> None:
    mine = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    await appointments.cancel(mine.id, by=cast.asha, now=NOW)
    for by, person in ((cast.asha, None), (cast.receptionist, Person(name="Asha Kulkarni", phone=None))):
        with pytest.raises(Stale) as refusal:
            await orders.reschedule(mine.id, Order(doctor_id=None, at=at(11)), by=by, now=NOW, version=1)
        standing = refusal.value.data["appointment"]
        assert (standing.appointment.id, standing.appointment.status, standing.person) == (mine.id, "cancelled", person)
