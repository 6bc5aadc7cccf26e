"""Leaves and waitlists against everybody else: each booking is before the leave or after it, each time offered once."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from core import db
from models.appointment import Status
from services import appointments
from services.absence import resolver
from services.absence.leaves import Away, Closed
from services.absence.undo import undo
from services.moves import locked, move
from services.refusals import CannotUndo
from services.waiting import waiters, waitlist
from services.waiting.fits import ANSWER_WITHIN
from services.waiting.offers import offer_free_times
from services.waiting.waitlist import Hope
from tests.people import DAY, NOW, Cast, another_doctor, at, crowd
from tests.rows import many, one
from tests.standing import ACTIVE, OVERLAPS
from tests.waiting import until

pytestmark = pytest.mark.race

MIDNIGHT = at(0)
TIMES = [at(hour, minute) for hour in (9, 10, 11, 12, 15, 16, 17, 18) for minute in (0, 30)]


async def outcomes(*attempts) -> Counter:
    """How often each kind of answer came; anything but an answer of the domain is a failure of the test."""
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*attempts, return_exceptions=True)
    unexpected = [
        a for a in answers if isinstance(a, BaseException) and getattr(a, "code", "unavailable") == "unavailable"
    ]
    assert not unexpected
    return Counter(type(answer).__name__ for answer in answers)


def away(doctor_id: int, since: datetime = MIDNIGHT, days: int = 1) -> Away:
    return Away(doctor_ids=(doctor_id,), starts_at=since, ends_at=since + timedelta(days=days))


async def later(seconds: float, attempt) -> object:
    await asyncio.sleep(seconds)
    return await attempt


@pytest.mark.parametrize("head_start", [0.0, 0.01, 0.03, 0.06])
async def test_sixteen_bookings_and_a_leave_end_in_order(cast: Cast, head_start: float) -> None:
    members = await crowd(16)
    bookings = [
        appointments.book_at(cast.wish(when, patient=member.patient_id), by=member.actor, now=NOW)
        for member, when in zip(members, TIMES, strict=True)
    ]
    leave = resolver.commit(away(cast.doctor_id), by=cast.doctor, now=NOW)
    answers = await outcomes(*bookings, later(head_start, leave))
    assert answers["Resolved"] == 1
    assert answers["Appointment"] + answers["NotOpen"] == 16
    inside = f"SELECT id FROM appointments WHERE doctor_id = :d AND day = :day AND {ACTIVE}"
    assert await many(inside, d=cast.doctor_id, day=DAY) == []
    standing = await one(f"SELECT count(*) AS n FROM appointments WHERE {ACTIVE}")
    assert standing.n == answers["Appointment"]
    assert await many(OVERLAPS) == []


async def test_bookings_of_the_very_times_that_are_proposed_do_not_stop_a_leave(cast: Cast) -> None:
    members = await crowd(32)
    for member, when in zip(members, TIMES, strict=False):
        await appointments.book_at(cast.wish(when, patient=member.patient_id), by=member.actor, now=NOW)
    change = away(cast.doctor_id)
    plan = await resolver.preview(change, by=cast.doctor, now=NOW)
    times = [each.replacement.slot.starts_at for each in plan.stranded if each.replacement]
    rivals = [
        appointments.book_at(cast.wish(when, patient=member.patient_id), by=member.actor, now=NOW)
        for member, when in zip(members[16:], times, strict=True)
    ]
    answers = await outcomes(*rivals, resolver.commit(change, by=cast.doctor, now=NOW))
    assert answers["Resolved"] == 1
    assert await many(OVERLAPS) == []
    row = await one(f"SELECT count(*) AS n FROM appointments WHERE {ACTIVE}")
    assert row.n == 16 + answers["Appointment"]


async def test_two_leaves_at_once_move_everybody_out_of_both(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id, "colleague")
    members = await crowd(16)
    for number, (member, when) in enumerate(zip(members, TIMES, strict=True)):
        for doctor, day in ((cast.doctor_id, 0), (colleague, 1)):
            wish = cast.wish(when + timedelta(days=day), patient=members[-1 - number].patient_id, doctor=doctor)
            await appointments.book_at(wish, by=cast.admin, now=NOW)
        assert member.patient_id
    for turn in range(4):
        one_day, next_day = at(0), at(0) + timedelta(days=1)
        changes = [
            away(cast.doctor_id, one_day),
            away(cast.doctor_id, next_day),
            away(colleague, one_day, days=2),
            Closed(clinic_id=cast.other_clinic_id, starts_at=one_day, ends_at=next_day, name="Holi"),
        ]
        done = await asyncio.gather(*(resolver.commit(change, by=cast.admin, now=NOW) for change in changes))
        inside = f"""
            SELECT a.id FROM appointments a JOIN leaves l ON l.doctor_id = a.doctor_id
            WHERE a.{ACTIVE} AND a.during && tstzrange(l.starts_at, l.ends_at)
        """
        assert await many(inside) == []
        assert await many(OVERLAPS) == []
        assert (await one(f"SELECT count(*) AS n FROM appointments WHERE {ACTIVE}")).n == 32
        if turn < 3:
            back = await outcomes(*(undo(each.resolution_id, by=cast.admin, now=NOW) for each in done))
            assert back["NoneType"] + back["CannotUndo"] == 4
            for each in done:
                # What was in the way of one may have gone with another.
                await outcomes(undo(each.resolution_id, by=cast.admin, now=NOW))
            assert await many(OVERLAPS) == []


async def test_one_leave_undone_by_many_is_undone_once(cast: Cast) -> None:
    await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    done = await resolver.commit(away(cast.doctor_id), by=cast.doctor, now=NOW)
    answers = await outcomes(*(undo(done.resolution_id, by=cast.doctor, now=NOW) for _ in range(4)))
    assert answers == {"NoneType": 4}
    assert (await one(f"SELECT count(*) AS n FROM appointments WHERE {ACTIVE}")).n == 1
    assert (await one("SELECT count(*) AS n FROM events WHERE kind = 'LeaveUndone'")).n == 1


async def test_undo_waits_for_one_who_changes_a_moved_appointment_and_then_finds_it_in_the_way(cast: Cast) -> None:
    old = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    done = await resolver.commit(away(cast.doctor_id), by=cast.doctor, now=NOW)
    async with db.transaction() as tx:
        new = await locked(tx, done.moved[old.id].id, NOW)
        await move(tx, new, Status.CANCELLED, by=cast.asha, now=NOW)
        back = asyncio.create_task(undo(done.resolution_id, by=cast.doctor, now=NOW))
        await until(is_waiting)
    with pytest.raises(CannotUndo):
        await back
    assert (await one("SELECT count(*) AS n FROM leaves")).n == 1


async def waits(cast: Cast, patients: list[int], doctor: int | None = None) -> None:
    for patient in patients:
        hope = Hope(doctor_id=doctor or cast.doctor_id, patient_id=patient, first_day=DAY, last_day=DAY)
        await waitlist.join(hope, by=cast.admin, now=NOW)


async def test_workers_that_offer_at_once_make_one_offer_of_a_time_and_to_a_person(cast: Cast) -> None:
    members = await crowd(18)
    for member, when in zip(members, TIMES[1:], strict=False):
        await appointments.book_at(cast.wish(when, patient=member.patient_id), by=member.actor, now=NOW)
    await waits(cast, [cast.asha_patient, cast.mother_patient, cast.stranger_patient])
    made = await asyncio.gather(*(offer_free_times(NOW) for _ in range(4)))
    assert sum(made) == 1
    offer = await one("SELECT e.patient_id FROM waitlist_offers o JOIN waitlist_entries e ON e.id = o.entry_id")
    assert offer.patient_id == cast.asha_patient


async def test_many_free_times_and_many_workers_give_each_person_one(cast: Cast) -> None:
    patients = [member.patient_id for member in await crowd(6)]
    for doctor in (cast.doctor_id, cast.other_doctor_id):
        await waits(cast, patients, doctor)
    doctors = [[cast.doctor_id], [cast.other_doctor_id]] * 2
    await asyncio.gather(*(offer_free_times(NOW, doctor_ids=ids) for ids in doctors))
    while await offer_free_times(NOW):
        pass
    held = await many("SELECT patient_id FROM appointments WHERE status = 'held'")
    assert sorted(row.patient_id for row in held) == sorted(patients)
    rows = await many("SELECT id FROM waitlist_entries WHERE status = 'offered'")
    assert len(rows) == 6
    assert await many(OVERLAPS) == []


async def test_offers_and_a_leave_leave_no_offer_in_it(cast: Cast) -> None:
    await waits(cast, [member.patient_id for member in await crowd(12)])
    leave = resolver.commit(away(cast.doctor_id), by=cast.doctor, now=NOW)
    await outcomes(offer_free_times(NOW), later(0.05, leave), offer_free_times(NOW))
    assert await many(f"SELECT id FROM appointments WHERE {ACTIVE}") == []
    assert await many("SELECT id FROM waitlist_entries WHERE status <> 'waiting'") == []


async def offered_to_asha(cast: Cast) -> UUID:
    await waits(cast, [cast.asha_patient])
    assert await offer_free_times(NOW) == 1
    (mine,) = await waiters.mine(by=cast.asha)
    assert mine.appointment_id is not None
    return mine.appointment_id


async def ended(entry: str, offer: str, hold: str) -> None:
    row = await one("""
        SELECT e.status, o.outcome, a.status AS hold FROM waitlist_entries e JOIN waitlist_offers o ON o.entry_id = e.id
        JOIN appointments a ON a.id = o.appointment_id
    """)
    assert tuple(row) == (entry, offer, hold)


async def test_an_answer_in_time_and_the_sweep_that_comes_late_never_both_win(cast: Cast) -> None:
    hold_id = await offered_to_asha(cast)
    just_in_time = NOW + ANSWER_WITHIN - timedelta(milliseconds=1)
    answers = await outcomes(
        appointments.book(hold_id, by=cast.asha, now=just_in_time),
        appointments.expire_holds(NOW + ANSWER_WITHIN),
        appointments.expire_holds(NOW + ANSWER_WITHIN),
    )
    if answers["Appointment"]:
        await ended("booked", "accepted", "booked")
    else:
        assert answers["HoldExpired"] == 1
        await ended("waiting", "lapsed", "expired")


async def test_accepting_and_declining_at_once_is_one_of_the_two(cast: Cast) -> None:
    hold_id = await offered_to_asha(cast)
    answers = await outcomes(
        appointments.book(hold_id, by=cast.asha, now=NOW), appointments.release(hold_id, by=cast.asha, now=NOW)
    )
    if answers["Appointment"]:
        assert answers["Stale"] == 1
        await ended("booked", "accepted", "booked")
    else:
        assert answers == {"HoldExpired": 1, "NoneType": 1}
        await ended("waiting", "declined", "expired")


async def test_a_freed_time_goes_to_the_list_or_to_one_who_is_faster_never_to_both(cast: Cast) -> None:
    members = await crowd(16)
    taken = [
        await appointments.book_at(cast.wish(when, patient=member.patient_id), by=member.actor, now=NOW)
        for member, when in zip(members, TIMES, strict=True)
    ]
    await waits(cast, [cast.asha_patient])
    await appointments.cancel(taken[2].id, by=cast.receptionist, now=NOW)
    grab = appointments.hold(cast.wish(TIMES[2], patient=cast.stranger_patient), by=cast.stranger, now=NOW)
    await outcomes(grab, offer_free_times(NOW), offer_free_times(NOW))
    assert len(await many("SELECT id FROM appointments WHERE status = 'held'")) == 1
    assert await many(OVERLAPS) == []


async def test_leaving_the_list_while_it_is_served_leaves_no_offer_behind(cast: Cast) -> None:
    for _ in range(6):
        hope = Hope(doctor_id=cast.doctor_id, patient_id=cast.asha_patient, first_day=DAY, last_day=DAY)
        entry = await waitlist.join(hope, by=cast.asha, now=NOW)
        await outcomes(offer_free_times(NOW), waitlist.withdraw(entry.id, by=cast.asha, now=NOW))
        # One who was offered a time while he left is told that it changed, and leaves for good.
        await waitlist.withdraw(entry.id, by=cast.asha, now=NOW)
        assert await many("SELECT id FROM appointments WHERE status = 'held'") == []
        assert await many("SELECT id FROM waitlist_offers WHERE outcome = 'offered'") == []


async def test_a_leave_waits_for_a_course_of_its_patients_before_it_locks_any_day(cast: Cast) -> None:
    """A course has its patient and then wants days: who has the days and then wants the patient waits in a circle."""
    (member,) = await crowd(1)
    await appointments.book_at(cast.wish(at(10), patient=member.patient_id), by=member.actor, now=NOW)
    async with db.engine().begin() as course:
        await course.execute(
            text("SELECT id FROM patients WHERE id = :id FOR NO KEY UPDATE"), {"id": member.patient_id}
        )
        leave = asyncio.create_task(resolver.commit(away(cast.doctor_id), by=cast.doctor, now=NOW))
        await until(is_waiting)
        days = text("UPDATE doctor_days SET version = version + 1 WHERE doctor_id = :id")
        await course.execute(text("SET LOCAL lock_timeout = '2s'"))
        await course.execute(days, {"id": cast.doctor_id})
    assert len((await leave).moved) == 1


async def is_waiting() -> bool:
    waiting = (
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool((await one(waiting)).n)
