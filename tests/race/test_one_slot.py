"""Many at once for one thing: a time is never sold twice, tokens have no gap, and nobody waits in a circle."""

import asyncio
import time
from collections import Counter
from datetime import timedelta

import pytest

from services import appointments
from services.appointments import HOLD_FOR, PatientBusy, SlotTaken
from tests.people import DAY, NOW, Cast, another_doctor, at, crowd
from tests.rows import many, one

pytestmark = pytest.mark.race

ACTIVE = "status IN ('held', 'booked', 'checked_in', 'in_consultation')"
OVERLAPS = f"""
    SELECT a.id FROM appointments a JOIN appointments b ON a.id < b.id AND a.during && b.during
    WHERE a.{ACTIVE} AND b.{ACTIVE} AND (a.doctor_id = b.doctor_id OR a.patient_id = b.patient_id)
"""


async def outcomes(*attempts) -> Counter:
    """How often each kind of answer came; anything but an answer of the domain is a failure of the test."""
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*attempts, return_exceptions=True)
    unexpected = [a for a in answers if isinstance(a, BaseException) and not hasattr(a, "code")]
    assert not unexpected
    return Counter(type(answer).__name__ for answer in answers)


async def test_thirty_two_for_one_slot_are_one_hold_and_thirty_one_refusals(cast: Cast) -> None:
    seconds = []

    async def grab(member) -> object:
        started = time.perf_counter()
        try:
            return await appointments.hold(cast.wish(at(10), patient=member.patient_id), by=member.actor, now=NOW)
        finally:
            seconds.append(time.perf_counter() - started)

    assert await outcomes(*map(grab, await crowd(32))) == {"Appointment": 1, "SlotTaken": 31}
    print(f"32 for one slot: p99 {sorted(seconds)[-1] * 1000:.0f} ms")
    assert (await one("SELECT count(*) AS n FROM appointments")).n == 1
    assert (await one("SELECT count(*) AS n FROM events")).n == 1
    assert (await one("SELECT count(*) AS n FROM audit_log")).n == 1


async def test_every_refusal_in_the_crowd_names_three_other_times(cast: Cast) -> None:
    async def grab(member) -> int:
        try:
            await appointments.hold(cast.wish(at(10), patient=member.patient_id), by=member.actor, now=NOW)
        except SlotTaken as refusal:
            return len(refusal.data["alternatives"])
        return 0

    assert sorted(await asyncio.gather(*map(grab, await crowd(6)))) == [0, 3, 3, 3, 3, 3]


async def test_many_for_the_same_few_slots_sell_each_once(cast: Cast) -> None:
    times = [at(9), at(9, 30), at(10), at(10, 30)]
    grabs = [
        appointments.hold(cast.wish(times[i % 4], patient=member.patient_id), by=member.actor, now=NOW)
        for i, member in enumerate(await crowd(24))
    ]
    assert await outcomes(*grabs) == {"Appointment": 4, "SlotTaken": 20}
    assert await many(OVERLAPS) == []


async def test_of_a_lapsed_hold_and_the_next_wish_for_its_time_only_the_wish_wins(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    later = NOW + HOLD_FOR
    wish = cast.wish(at(10), patient=cast.stranger_patient)
    answers = await outcomes(
        appointments.book(held.id, by=cast.asha, now=later), appointments.hold(wish, by=cast.stranger, now=later)
    )
    assert answers == {"HoldExpired": 1, "Appointment": 1}
    assert await many(OVERLAPS) == []


async def test_a_confirmation_in_time_and_the_sweep_that_comes_late_never_both_win(cast: Cast) -> None:
    members = await crowd(8)
    times = [at(9 + i // 2, 30 * (i % 2)) for i in range(8)]
    holds = [
        await appointments.hold(cast.wish(when, patient=m.patient_id), by=m.actor, now=NOW)
        for m, when in zip(members, times, strict=True)
    ]
    last_moment = NOW + HOLD_FOR - timedelta(milliseconds=1)
    answers = await outcomes(
        *(appointments.book(h.id, by=m.actor, now=last_moment) for h, m in zip(holds, members, strict=True)),
        appointments.expire_holds(NOW + HOLD_FOR),
        appointments.expire_holds(NOW + HOLD_FOR),
    )
    assert answers["Appointment"] + answers["HoldExpired"] == 8
    booked = await many("SELECT id FROM appointments WHERE status = 'booked' AND token IS NOT NULL")
    expired = await many("SELECT id FROM appointments WHERE status = 'expired' AND token IS NULL")
    assert (len(booked), len(expired)) == (answers["Appointment"], answers["HoldExpired"])


async def test_a_hold_that_ran_out_is_swept_once_by_two_sweeps(cast: Cast) -> None:
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    freed = await asyncio.gather(*(appointments.expire_holds(NOW + HOLD_FOR) for _ in range(4)))
    assert sorted(freed) == [0, 0, 0, 1]
    assert (await one("SELECT count(*) AS n FROM events WHERE kind = 'HoldEnded'")).n == 1


async def test_tokens_of_twenty_four_at_once_are_one_to_twenty_four(cast: Cast) -> None:
    quick = await another_doctor(cast.doctor_id, slot_minutes=15)
    members = await crowd(24)
    times = [at(9) + timedelta(minutes=15 * i) for i in range(16)]
    times += [at(15) + timedelta(minutes=15 * i) for i in range(8)]

    async def book(member, when) -> int | None:
        wish = cast.wish(when, patient=member.patient_id, doctor=quick)
        held = await appointments.hold(wish, by=member.actor, now=NOW)
        return (await appointments.book(held.id, by=member.actor, now=NOW)).token

    tokens = await asyncio.gather(*(book(m, when) for m, when in zip(members, times, strict=True)))
    assert sorted(tokens) == list(range(1, 25))
    row = await one(
        "SELECT last_token, version FROM doctor_days WHERE doctor_id = :id AND day = :day", id=quick, day=DAY
    )
    assert tuple(row) == (24, 48)


async def test_one_confirmation_pressed_many_times_is_one_token(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    booked = await asyncio.gather(*(appointments.book(held.id, by=cast.asha, now=NOW) for _ in range(8)))
    assert {appointment.token for appointment in booked} == {1}
    assert (await one("SELECT last_token FROM doctor_days")).last_token == 1
    assert (await one("SELECT count(*) AS n FROM events WHERE kind = 'AppointmentBooked'")).n == 1


async def test_those_who_change_doctors_crosswise_do_not_wait_for_each_other_for_ever(cast: Cast) -> None:
    members, doctors = await crowd(8), (cast.doctor_id, cast.other_doctor_id)
    for turn in range(6):
        # Each lets go at one doctor and holds at the other: half of them one way, half the other way.
        moves = [
            appointments.hold(
                cast.wish(at(9 + number // 2), patient=member.patient_id, doctor=doctors[(number + turn) % 2]),
                by=member.actor,
                now=NOW,
            )
            for number, member in enumerate(members)
        ]
        answers = await outcomes(*moves)
        assert answers["Appointment"] + answers["SlotTaken"] == len(moves)
        assert await many(OVERLAPS) == []


async def test_two_who_want_each_others_time_are_both_refused(cast: Cast) -> None:
    ravi, other = cast.stranger_patient, cast.other_doctor_id
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    await appointments.hold(cast.wish(at(11), doctor=other, patient=ravi), by=cast.stranger, now=NOW)
    for _ in range(10):
        crosswise = await outcomes(
            appointments.hold(cast.wish(at(11), doctor=other), by=cast.asha, now=NOW),
            appointments.hold(cast.wish(at(10), patient=ravi), by=cast.stranger, now=NOW),
        )
        assert crosswise == {"SlotTaken": 2}


async def test_one_person_in_two_tabs_at_two_doctors_holds_one_time(cast: Cast) -> None:
    for _ in range(10):
        await outcomes(
            appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW),
            appointments.hold(cast.wish(at(10), doctor=cast.other_doctor_id), by=cast.asha, now=NOW),
            appointments.hold(cast.wish(at(16), doctor=cast.other_doctor_id), by=cast.asha, now=NOW),
        )
        assert len(await many("SELECT id FROM appointments WHERE status = 'held'")) == 1
        await appointments.expire_holds(NOW + HOLD_FOR)


async def test_one_person_who_books_at_two_doctors_at_once_is_in_one_place(cast: Cast) -> None:
    async def book(doctor: int) -> object:
        held = await appointments.hold(cast.wish(at(10), doctor=doctor), by=cast.asha, now=NOW)
        return await appointments.book(held.id, by=cast.asha, now=NOW)

    answers = await outcomes(book(cast.doctor_id), book(cast.other_doctor_id))
    # Whoever comes second finds the first one's hold, and lets it go, or finds it booked.
    assert answers["Appointment"] == 1
    assert answers["HoldExpired"] + answers["PatientBusy"] == 1
    assert await many(OVERLAPS) == []


async def test_the_database_itself_refuses_what_overlaps(cast: Cast) -> None:
    """The services' guards aside: the constraints are the last word."""
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    copies = appointments.Appointment(**held.model_dump(exclude={"id"}))
    async with appointments.transaction() as tx:
        for change in ({"patient_id": cast.stranger_patient}, {"doctor_id": cast.other_doctor_id}):
            overlapping = appointments.Appointment(**copies.model_dump() | change)
            with pytest.raises(PatientBusy):
                await appointments._insert(tx, overlapping)
    assert (await one("SELECT count(*) AS n FROM appointments")).n == 1
