"""Nobody hoards times: an account holds few at once, also when it asks for many in the same moment."""

import asyncio

import pytest

from core.limits import TooMany
from models.appointment import Source
from services import appointments
from services.own_holds import MOST
from services.permissions import Actor
from services.refusals import TooManyHolds
from services.tries import HOLDS
from tests.people import NOW, Cast, at
from tests.rows import many, one, write


async def family(cast: Cast, size: int) -> Actor:
    """Asha's account with so many people in it."""
    for number in range(size - 2):
        await write(
            "INSERT INTO patients (account_id, name, is_account_holder, created_at) VALUES (:id, :name, false, now())",
            id=cast.asha.user_id,
            name=f"Child {number}",
        )
    rows = await many("SELECT id FROM patients WHERE account_id = :id", id=cast.asha.user_id)
    return Actor(
        user_id=cast.asha.user_id, role=cast.asha.role, name="Asha", patient_ids=frozenset(row.id for row in rows)
    )


async def held() -> int:
    return (await one("SELECT count(*) FROM appointments WHERE status = 'held'")).count


def times(count: int) -> list:
    return [at(9 + number // 2, 30 * (number % 2)) for number in range(count)]


async def test_an_account_holds_three_times_at_once(cast: Cast) -> None:
    by = await family(cast, 5)
    for patient, when in zip(sorted(by.patient_ids)[:MOST], times(MOST), strict=True):
        await appointments.hold(cast.wish(when, patient=patient), by=by, now=NOW)
    first, *_, fourth = sorted(by.patient_ids)
    with pytest.raises(TooManyHolds) as refusal:
        await appointments.hold(cast.wish(at(12), patient=fourth), by=by, now=NOW)
    assert refusal.value.data == {"most": MOST}
    assert await held() == MOST
    # One that he holds already he may renew, or give up for another time.
    await appointments.hold(cast.wish(at(9), patient=first), by=by, now=NOW)
    await appointments.hold(cast.wish(at(12, 30), patient=first), by=by, now=NOW)
    assert await held() == MOST


async def test_many_in_the_same_moment_are_no_more(cast: Cast) -> None:
    by = await family(cast, 8)
    wishes = [cast.wish(when, patient=p) for p, when in zip(sorted(by.patient_ids), times(8), strict=True)]
    outcomes = await asyncio.gather(
        *(appointments.hold(wish, by=by, now=NOW) for wish in wishes), return_exceptions=True
    )
    assert sum(isinstance(outcome, TooManyHolds) for outcome in outcomes) == 8 - MOST, outcomes
    assert await held() == MOST


async def test_what_ran_out_or_was_booked_or_offered_is_no_hold_of_his(cast: Cast) -> None:
    by = await family(cast, 6)
    people = sorted(by.patient_ids)
    kept = [
        await appointments.hold(cast.wish(when, patient=patient), by=by, now=NOW)
        for patient, when in zip(people[:MOST], times(MOST), strict=True)
    ]
    await appointments.book(kept[0].id, by=by, now=NOW)
    await appointments.hold(cast.wish(at(15), patient=people[3]), by=by, now=NOW)
    await write("UPDATE appointments SET source = :source WHERE id = :id", source=Source.WAITLIST, id=kept[1].id)
    await appointments.hold(cast.wish(at(16), patient=people[4]), by=by, now=NOW)
    later = NOW + appointments.HOLD_FOR
    await appointments.hold(cast.wish(at(17), patient=people[5]), by=by, now=later)


async def test_the_front_desk_holds_for_whoever_calls(cast: Cast) -> None:
    by = await family(cast, 5)
    for patient, when in zip(sorted(by.patient_ids), times(5), strict=True):
        await appointments.hold(cast.wish(when, patient=patient), by=cast.receptionist, now=NOW)
    assert await held() == 5


async def test_one_who_takes_and_lets_go_without_end_is_stopped(cast: Cast) -> None:
    for _ in range(HOLDS.amount):
        taken = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    await appointments.release(taken.id, by=cast.asha, now=NOW)
    with pytest.raises(TooMany):
        await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    await appointments.hold(cast.wish(at(10), patient=cast.stranger_patient), by=cast.stranger, now=NOW)
