"""Two moves at once on the same appointment, time or person: one wins, the other is told so, nothing is half done."""

import asyncio
import random
from datetime import timedelta

import pytest

from services import appointments, visits
from services.appointments import HOLD_FOR
from services.refusals import PatientBusy, SlotTaken
from tests.people import NOW, Cast, another_doctor, at, crowd
from tests.race.outcomes import assert_whole, outcomes
from tests.rows import many, one, write

pytestmark = pytest.mark.race


async def booked(cast: Cast, moment, **wish):
    return await appointments.book_at(cast.wish(moment, **wish), by=cast.receptionist, now=NOW)


async def test_hold_against_booking_one_has_the_time(cast: Cast) -> None:
    for turn, moment in enumerate([at(9), at(9, 30), at(10), at(10, 30), at(11)]):
        theirs = cast.wish(moment, patient=cast.stranger_patient)
        attempts = [
            appointments.hold(cast.wish(moment), by=cast.asha, now=NOW),
            appointments.book_at(theirs, by=cast.stranger, now=NOW),
        ]
        assert await outcomes(*attempts[:: 1 - 2 * (turn % 2)]) == {"Appointment": 1, "SlotTaken": 1}
        await assert_whole()


async def test_confirmation_against_the_next_wish_for_a_time_that_ran_out(cast: Cast) -> None:
    members = await crowd(8)
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    later = NOW + HOLD_FOR
    wishes = [appointments.book_at(cast.wish(at(10), patient=m.patient_id), by=m.actor, now=later) for m in members]
    confirm = [appointments.book(held.id, by=cast.asha, now=later) for _ in range(3)]
    sweeps = [appointments.expire_holds(later) for _ in range(3)]
    found = await outcomes(*confirm, *wishes, *sweeps)
    assert (found["HoldExpired"], found["Appointment"], found["SlotTaken"]) == (3, 1, 7)
    await assert_whole()


async def test_confirmation_at_the_last_moment_against_expiry_at_the_first(cast: Cast) -> None:
    for turn in range(6):
        held = await appointments.hold(cast.wish(at(10) + timedelta(minutes=30 * turn)), by=cast.asha, now=NOW)
        await outcomes(
            appointments.expire_holds(NOW + HOLD_FOR),
            appointments.book(held.id, by=cast.asha, now=NOW + HOLD_FOR - timedelta.resolution),
            appointments.release(held.id, by=cast.asha, now=NOW),
        )
        row = await one("SELECT status, token FROM appointments WHERE id = :id", id=held.id)
        assert row.status in ("booked", "expired")
        assert (row.token is not None) == (row.status == "booked")
    await assert_whole()


async def test_reschedule_against_cancel_leaves_one_or_none(cast: Cast) -> None:
    for turn in range(6):
        first = await booked(cast, at(9) + timedelta(minutes=30 * turn))
        target = cast.wish(at(15) + timedelta(minutes=30 * turn))
        found = await outcomes(
            appointments.cancel(first.id, by=cast.asha, now=NOW),
            appointments.reschedule(first.id, target, by=cast.asha, now=NOW),
        )
        active = await many("SELECT starts_at FROM appointments WHERE status = 'booked'")
        old = await one("SELECT status FROM appointments WHERE id = :id", id=first.id)
        if old.status == "cancelled":
            assert (found, active) == ({"Appointment": 1, "Stale": 1}, [])
        else:
            # Cancelling what has moved is stale: the new time stands.
            assert (old.status, found, [row.starts_at for row in active]) == (
                "rescheduled",
                {"Appointment": 1, "Stale": 1},
                [target.starts_at],
            )
            await appointments.cancel(
                (await one("SELECT id FROM appointments WHERE status = 'booked'")).id, by=cast.asha, now=NOW
            )
    await assert_whole()


async def test_two_who_want_each_others_time_both_keep_their_own(cast: Cast) -> None:
    """Neither time is free before the other has gone: both are refused, and nobody waits for ever."""
    there = cast.other_doctor_id
    mine = await booked(cast, at(10))
    theirs = await appointments.book_at(
        cast.wish(at(11), doctor=there, patient=cast.stranger_patient), by=cast.admin, now=NOW
    )
    for _ in range(5):
        found = await outcomes(
            appointments.reschedule(mine.id, cast.wish(at(11), doctor=there), by=cast.asha, now=NOW),
            appointments.reschedule(
                theirs.id, cast.wish(at(10), patient=cast.stranger_patient), by=cast.stranger, now=NOW
            ),
        )
        assert found == {"SlotTaken": 2}
    assert len(await many("SELECT id FROM appointments WHERE status = 'booked'")) == 2
    await assert_whole()


async def test_of_all_who_move_to_one_time_one_gets_it_and_the_others_keep_theirs(cast: Cast) -> None:
    members = await crowd(8)
    doctors = (cast.doctor_id, cast.other_doctor_id)
    old = [
        await appointments.book_at(
            cast.wish(at(9 + i // 2), patient=m.patient_id, doctor=doctors[i % 2]), by=cast.admin, now=NOW
        )
        for i, m in enumerate(members)
    ]
    moves = [
        appointments.reschedule(a.id, cast.wish(at(16), patient=m.patient_id), by=m.actor, now=NOW)
        for a, m in zip(old, members, strict=True)
    ]
    assert await outcomes(*moves) == {"Appointment": 1, "SlotTaken": 7}
    assert len(await many("SELECT id FROM appointments WHERE status = 'booked'")) == 8
    await assert_whole()


async def test_one_appointment_dragged_to_many_places_at_once_is_in_one(cast: Cast) -> None:
    first = await booked(cast, at(9))
    targets = [cast.wish(at(10 + n % 3), doctor=(cast.doctor_id, cast.other_doctor_id)[n // 3]) for n in range(6)]
    moves = [appointments.reschedule(first.id, wish, by=cast.asha, now=NOW, version=1) for wish in targets]
    assert await outcomes(*moves) == {"Appointment": 1, "Stale": 5}
    assert len(await many("SELECT id FROM appointments WHERE status = 'booked'")) == 1
    await assert_whole()


async def test_sixty_four_who_book_and_walk_in_draw_each_token_once(cast: Cast) -> None:
    quick = await another_doctor(cast.doctor_id, slot_minutes=5, notice_minutes=0)
    await write("INSERT INTO visit_rules VALUES (:id, 'follow_up', 10, 0)", id=quick)
    members, now = await crowd(64), at(8)
    times = [at(9) + timedelta(minutes=5 * n) for n in range(44)]

    async def come(number: int) -> int | None:
        member = members[number]
        if number >= 44:
            made = await visits.walk_in(member.patient_id, quick, by=cast.receptionist, now=at(15))
            return made.token
        wish = cast.wish(times[number], patient=member.patient_id, doctor=quick)
        if number % 2:
            return (await appointments.book_at(wish, by=member.actor, now=now)).token
        held = await appointments.hold(wish, by=member.actor, now=now)
        return (await appointments.book(held.id, by=member.actor, now=now)).token

    async with asyncio.timeout(40):
        tokens = await asyncio.gather(*map(come, range(64)))
    assert sorted(tokens) == list(range(1, 65))
    await assert_whole()


async def test_one_patient_is_called_in_at_a_time_however_many_are_called(cast: Cast) -> None:
    members = await crowd(6)
    waiting = [await booked(cast, at(9 + n // 2, 30 * (n % 2)), patient=m.patient_id) for n, m in enumerate(members)]
    for each in waiting:
        await visits.check_in(each.id, by=cast.receptionist, now=at(9))
    found = await outcomes(*(visits.start(each.id, by=cast.doctor, now=at(9, 5)) for each in waiting))
    assert found == {"Appointment": 1, "DoctorBusy": 5}
    await assert_whole()


async def test_check_in_pressed_at_two_desks_is_one_check_in(cast: Cast) -> None:
    first = await booked(cast, at(10))
    found = await outcomes(*(visits.check_in(first.id, by=cast.receptionist, now=at(9)) for _ in range(6)))
    assert found == {"Appointment": 1, "Stale": 5}
    await assert_whole()


async def test_recall_against_the_one_who_takes_his_time(cast: Cast) -> None:
    first = await booked(cast, at(16))
    await visits.no_show(first.id, by=cast.receptionist, now=at(16, 5))
    found = await outcomes(
        visits.recall(first.id, by=cast.receptionist, now=at(16, 6)),
        visits.walk_in(cast.stranger_patient, cast.doctor_id, by=cast.receptionist, now=at(16, 6)),
        visits.emergency(cast.mother_patient, cast.doctor_id, by=cast.receptionist, now=at(16, 6)),
    )
    assert found == {"Appointment": 3}
    await assert_whole()


@pytest.mark.timeout(120)
async def test_sixty_four_clients_on_a_few_hot_times_sell_each_once(cast: Cast) -> None:
    members = await crowd(64)
    hot = [at(9), at(9, 30), at(10), at(10, 30)]

    async def client(number: int) -> list[object]:
        chance, member, got = random.Random(number), members[number], []
        for _ in range(6):
            wish = cast.wish(
                chance.choice(hot),
                patient=member.patient_id,
                doctor=chance.choice([cast.doctor_id, cast.other_doctor_id]),
            )
            try:
                if chance.random() < 0.5:
                    held = await appointments.hold(wish, by=member.actor, now=NOW)
                    made = await appointments.book(held.id, by=member.actor, now=NOW)
                else:
                    made = await appointments.book_at(wish, by=member.actor, now=NOW)
                if chance.random() < 0.7:
                    await appointments.cancel(made.id, by=member.actor, now=NOW)
                got.append(made)
            except (SlotTaken, PatientBusy):
                continue
        return got

    async with asyncio.timeout(90):
        won = sum(map(len, await asyncio.gather(*map(client, range(64)))))
    assert won >= 8
    await assert_whole()
