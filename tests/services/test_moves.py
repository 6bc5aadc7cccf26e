"""How the book changes: only along the table of moves, only from where it stands, and told to all whom it concerns."""

import asyncio
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import text

from core.db import transaction
from core.errors import NotFound, Stale
from models.appointment import Appointment, Status, may_move
from services import appointments, moves
from services.day_locks import Lock, lock_days
from services.moves import EVENTS, Entry, locked, move
from tests.people import DAY, NOW, Cast, at
from tests.rows import audited, events, many, one, write

ALLOWED = {
    ("held", "held"),
    ("held", "booked"),
    ("held", "expired"),
    ("booked", "booked"),
    ("booked", "checked_in"),
    ("booked", "cancelled"),
    ("booked", "no_show"),
    ("booked", "rescheduled"),
    ("checked_in", "checked_in"),
    ("checked_in", "in_consultation"),
    ("checked_in", "cancelled"),
    ("checked_in", "no_show"),
    ("checked_in", "rescheduled"),
    ("in_consultation", "completed"),
    ("no_show", "checked_in"),
}


async def held(cast: Cast) -> Appointment:
    return await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)


async def moved(cast: Cast, old: Appointment, target: Status) -> Appointment:
    async with transaction() as tx:
        return await move(tx, Entry(old, cast.asha.user_id), target, by=cast.doctor, now=NOW, held_until=None)


def test_the_table_of_moves_is_the_designs() -> None:
    assert {(a, b) for a, b in product(Status, Status) if may_move(a, b)} == ALLOWED


def test_whatever_can_come_about_has_an_event() -> None:
    assert set(EVENTS) == set(Status)
    assert len(set(EVENTS.values())) == len(Status)


async def test_a_move_that_the_table_does_not_have_is_refused_and_nothing_is_written(cast: Cast) -> None:
    appointment = await held(cast)
    for source, target in product(Status, Status):
        if (source, target) not in ALLOWED:
            with pytest.raises(Stale) as refusal:
                await moved(cast, appointment.model_copy(update={"status": source}), target)
            assert refusal.value.data == {"status": source}
    assert (await one("SELECT status, version FROM appointments")).version == 1
    assert [row.kind for row in await many("SELECT kind FROM events")] == ["AppointmentHeld"]


async def test_a_move_is_a_row_an_event_and_an_audit_entry(cast: Cast) -> None:
    appointment = await moved(cast, await held(cast), Status.BOOKED)
    checked_in = await moved(cast, appointment, Status.CHECKED_IN)
    assert tuple(await one("SELECT status, version, updated_at FROM appointments")) == ("checked_in", 3, NOW)
    (event,) = await events("PatientCheckedIn")
    assert event.data == {
        "appointment_id": str(checked_in.id),
        "doctor_id": cast.doctor_id,
        "day": DAY.isoformat(),
        "version": 3,
    }
    (entry,) = await audited("PatientCheckedIn")
    assert (entry.actor_id, entry.actor_role, entry.details) == (cast.doctor.user_id, "doctor", {"version": 3})


async def test_what_was_moved_meanwhile_is_not_moved_again(cast: Cast) -> None:
    old = await held(cast)
    await moved(cast, old, Status.BOOKED)
    with pytest.raises(Stale):
        await moved(cast, old, Status.EXPIRED)
    assert (await one("SELECT status FROM appointments")).status == "booked"
    assert await events("HoldEnded") == []


async def test_what_the_clock_does_is_done_by_the_system(cast: Cast) -> None:
    await held(cast)
    await appointments.expire_holds(NOW + appointments.HOLD_FOR)
    (entry,) = await audited("HoldEnded")
    assert (entry.actor_id, entry.actor_role) == (None, "system")


async def test_one_without_an_account_is_told_of_to_nobodys_account(cast: Cast) -> None:
    await held(cast)
    await write("UPDATE patients SET account_id = NULL WHERE id = :id", id=cast.asha_patient)
    await appointments.expire_holds(NOW + appointments.HOLD_FOR)
    (event,) = await events("HoldEnded")
    assert [topic for topic in event.topics if topic.startswith("account")] == []


async def test_events_name_nobody(cast: Cast) -> None:
    booked = await appointments.book((await held(cast)).id, by=cast.asha, now=NOW)
    await appointments.cancel(booked.id, by=cast.asha, now=NOW)
    told = str(await many("SELECT kind, topics, data FROM events"))
    assert not any(word in told for word in ("Asha", "Kulkarni", "Meera", "example.org"))


async def test_days_are_numbered_without_a_gap_and_each_day_for_itself(cast: Cast) -> None:
    here, there = (cast.doctor_id, DAY), (cast.other_doctor_id, DAY)
    async with transaction() as tx:
        assert await lock_days(tx, [there, here, here], NOW) == {here: Lock(1, 0), there: Lock(1, 0)}
    async with transaction() as tx:
        assert await lock_days(tx, [here], NOW, tokens=2) == {here: Lock(2, 2)}


async def test_who_locks_a_day_second_waits_for_the_first_and_sees_its_work(cast: Cast) -> None:
    appointment = await held(cast)
    second_is_waiting = asyncio.Event()

    async def second() -> Entry:
        async with transaction() as tx:
            second_is_waiting.set()
            return await locked(tx, appointment.id, NOW)

    async with transaction() as tx:
        first = await locked(tx, appointment.id, NOW)
        task = asyncio.create_task(second())
        await second_is_waiting.wait()
        await moves.move(tx, first, Status.BOOKED, by=cast.asha, now=NOW, held_until=None, token=7)
        # Whatever the second has read so far, it is not the answer.
        assert not task.done()
        await tx.execute(text("SELECT pg_sleep(0.05)"))
    assert ((await task).appointment.status, (await task).appointment.token) == ("booked", 7)


async def test_what_is_not_there_is_not_found(cast: Cast) -> None:
    async with transaction() as tx:
        with pytest.raises(NotFound):
            await locked(tx, UUID(int=0), NOW)
