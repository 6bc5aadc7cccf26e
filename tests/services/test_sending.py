"""One who waits is sent to a colleague of the same clinic, or stays where he is."""

import asyncio
from datetime import timedelta

import pytest

from core.errors import DomainError, Invalid, NotAllowed, NotFound, Stale
from models import Appointment
from services import appointments, sending, visits
from services.refusals import DayFull, TooLate
from tests.people import Cast, another_doctor, at
from tests.rows import many


@pytest.fixture
async def colleague(cast: Cast) -> int:
    """Another doctor of the same clinic."""
    return await another_doctor(cast.doctor_id, "colleague")


async def waits(cast: Cast, hour: int = 10) -> Appointment:
    booked = await appointments.book_at(cast.wish(at(hour)), by=cast.receptionist, now=at(8))
    return await visits.check_in(booked.id, by=cast.receptionist, now=at(9, 50))


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
