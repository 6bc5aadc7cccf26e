"""Many at once against whoever books: each booking is in the book before it and moved, or after it and stands."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from services import appointments
from services.absence import resolver
from services.absence.leaves import Closed, Picked
from services.absence.strandings import Instead
from services.absence.undo import undo
from services.waiting.offers import offer_free_times
from tests.people import NOW, Cast, another_doctor, at, crowd
from tests.rows import many
from tests.standing import ACTIVE, OVERLAPS, STANDING

pytestmark = pytest.mark.race

TIMES = [at(hour, minute) for hour in (9, 10, 11, 12) for minute in (0, 30)]


async def outcomes(*attempts) -> Counter:
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*attempts, return_exceptions=True)
    unexpected = [a for a in answers if isinstance(a, BaseException) and not hasattr(a, "code")]
    assert not unexpected
    return Counter(type(answer).__name__ for answer in answers)


async def test_a_clinic_that_shuts_beside_bookings_in_the_same_hours_leaves_nobody_there(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id, "colleague")
    members = await crowd(16)
    for when, member in zip(TIMES, members[:8], strict=True):
        await appointments.book_at(cast.wish(when, patient=member.patient_id), by=member.actor, now=NOW)
    closed = Closed(clinic_id=cast.clinic_id, starts_at=at(0), ends_at=at(13), name="Flood")
    booking = [
        appointments.book_at(cast.wish(when, patient=member.patient_id, doctor=colleague), by=member.actor, now=NOW)
        for when, member in zip(TIMES, members[8:], strict=True)
    ]
    answers = await outcomes(*booking[:4], resolver.commit(closed, by=cast.receptionist, now=NOW), *booking[4:])
    assert answers["Resolved"] == 1
    assert set(answers) <= {"Resolved", "Appointment", "NotOpen", "SlotTaken"}
    shut = f"SELECT id FROM appointments WHERE {ACTIVE} AND during && tstzrange(:since, :until)"
    assert await many(shut, since=at(0), until=at(13)) == []
    assert await many(OVERLAPS) == []
    active = f"SELECT id FROM appointments WHERE {ACTIVE}"
    assert len(await many(active)) == 8 + answers["Appointment"]


async def test_bookings_of_the_times_that_were_proposed_do_not_stop_a_picking(cast: Cast) -> None:
    members = await crowd(8)
    there = [
        await appointments.book_at(cast.wish(when, patient=member.patient_id), by=member.actor, now=NOW)
        for when, member in zip(TIMES[:4], members, strict=False)
    ]
    picked = Picked(
        doctor_id=cast.doctor_id, starts_at=at(9), ends_at=at(13), appointments=frozenset(each.id for each in there)
    )
    plan = await resolver.preview(picked, by=cast.receptionist, now=NOW)
    proposed = [each.replacement.slot.starts_at for each in plan.stranded if each.replacement]
    booking = [
        appointments.book_at(cast.wish(when, patient=member.patient_id), by=member.actor, now=NOW)
        for when, member in zip(proposed, members[4:], strict=True)
    ]
    answers = await outcomes(*booking, resolver.commit(picked, by=cast.receptionist, now=NOW))
    assert answers["Resolved"] == 1
    assert set(answers) <= {"Resolved", "Appointment", "SlotTaken"}
    assert await many(OVERLAPS) == []
    rescheduled = await many("SELECT id FROM appointments WHERE status = 'rescheduled'")
    assert {row.id for row in rescheduled} == {each.id for each in there}


async def test_two_desks_that_pick_the_same_and_undo_at_once_end_as_before_or_as_moved(cast: Cast) -> None:
    (member,) = await crowd(1)
    his = await appointments.book_at(cast.wish(at(9), patient=member.patient_id), by=member.actor, now=NOW)
    before = [tuple(row) for row in await many(STANDING)]
    picked = Picked(doctor_id=cast.doctor_id, starts_at=at(9), ends_at=at(13), appointments=frozenset({his.id}))
    both = [resolver.commit(picked, by=by, now=NOW) for by in (cast.receptionist, cast.doctor)]
    async with asyncio.timeout(60):
        done = await asyncio.gather(*both)
    # Whoever came second found nobody there to move.
    assert sorted(len(each.moved) for each in done) == [0, 1]
    mover = next(each for each in done if each.moved)
    await outcomes(*(undo(mover.resolution_id, by=cast.doctor, now=NOW) for _ in range(4)))
    assert [tuple(row) for row in await many(STANDING)] == before


async def test_who_is_left_for_an_offer_comes_back_though_the_worker_is_offering(cast: Cast) -> None:
    members = await crowd(8)
    there = [
        await appointments.book_at(cast.wish(when, patient=member.patient_id), by=member.actor, now=NOW)
        for when, member in zip(TIMES, members, strict=True)
    ]
    before = [tuple(row) for row in await many(STANDING)]
    picked = Picked(
        doctor_id=cast.doctor_id, starts_at=at(9), ends_at=at(13), appointments=frozenset(each.id for each in there)
    )
    for _ in range(3):
        mine = await many(f"SELECT id FROM appointments WHERE {ACTIVE}")
        picked = replace(picked, appointments=frozenset(row.id for row in mine))
        choices = {row.id: Instead.OFFER for row in mine}
        done = await resolver.commit(picked, by=cast.receptionist, now=NOW, choices=choices)
        answers = await outcomes(
            offer_free_times(NOW), undo(done.resolution_id, by=cast.receptionist, now=NOW), offer_free_times(NOW)
        )
        assert set(answers) == {"int", "NoneType"}
        assert [tuple(row) for row in await many(STANDING)] == before
        assert await many("SELECT id FROM waitlist_entries WHERE status IN ('waiting', 'offered')") == []
        assert await many("SELECT id FROM waitlist_offers WHERE outcome = 'offered'") == []
