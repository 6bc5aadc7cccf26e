"""Each doctor's next open slot: always the first one that a look at the whole book would find."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from core import db
from core.errors import DomainError
from services import appointments, next_open
from services.schedules import schedule
from services.slots import SlotStatus
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import events, many, one, write
from tests.waiting import until

AN_HOUR_AGO = NOW - timedelta(hours=1)


async def stored(doctor_id: int) -> dict[str, datetime | None]:
    rows = await many("SELECT mode, starts_at FROM next_open WHERE doctor_id = :id", id=doctor_id)
    return {row.mode: row.starts_at for row in rows}


async def by_brute_force(doctor_id: int, mode: str, now: datetime) -> datetime | None:
    """Every slot of every day that can be booked, one after the other."""
    async with db.snapshot() as connection:
        book = await schedule(connection, doctor_id, now.date() - timedelta(days=2), now.date() + timedelta(days=400))
    for offset in range(book.horizon.days + 1):
        for slot in book.slots(book.today(now) + timedelta(days=offset), now):
            if slot.status == SlotStatus.OPEN and mode in slot.modes:
                return slot.starts_at
    return None


@pytest.mark.parametrize("seed", range(4))
async def test_after_any_bookings_and_cancellations_it_is_the_first_open_slot(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    await write("UPDATE weekly_hours SET modes = '{in_person}' WHERE opens = '09:00'")
    doctors, now, booked = (cast.doctor_id, cast.other_doctor_id), NOW, []
    for _ in range(12):
        for _ in range(3):
            # Mostly the near times, so that the first ones do move.
            when = at(15, day=NOW.date()) + timedelta(minutes=30 * int(chance.expovariate(0.25)))
            wish = cast.wish(when, doctor=chance.choice(doctors))
            try:
                held = await appointments.hold(wish, by=cast.asha, now=now)
                if chance.random() < 0.7:
                    booked.append(await appointments.book(held.id, by=cast.asha, now=now))
            except DomainError:
                pass
        if booked and chance.random() < 0.5:
            gone = booked.pop(chance.randrange(len(booked)))
            if gone.starts_at > now:
                await appointments.cancel(gone.id, by=cast.admin, now=now)
        now += timedelta(minutes=chance.randrange(40))
        await appointments.expire_holds(now)
        changed = {doctor for doctor, _ in await next_open.changed(now - timedelta(hours=1))}
        await next_open.refresh(changed | await next_open.due(now, now - timedelta(hours=1)), now)
        for doctor in doctors:
            for mode, starts_at in (await stored(doctor)).items():
                assert starts_at == await by_brute_force(doctor, mode, now)


async def test_a_doctor_full_for_weeks_is_looked_up_to_his_horizon(cast: Cast) -> None:
    await away(cast.doctor_id, until=at(10) + timedelta(days=40))
    await next_open.refresh([cast.doctor_id], NOW)
    assert set((await stored(cast.doctor_id)).values()) == {at(10) + timedelta(days=40)}


async def test_nothing_open_up_to_the_horizon_is_none(cast: Cast) -> None:
    await away(cast.doctor_id, until=at(10) + timedelta(days=90))
    await next_open.refresh([cast.doctor_id], NOW)
    assert await stored(cast.doctor_id) == {"in_person": None, "video": None}


async def test_what_is_booked_on_the_last_day_looked_at_is_seen_in_the_clinics_small_hours(cast: Cast) -> None:
    """Past Indian midnight and before that of UTC: today is a day further than UTC's."""
    small_hours = datetime(DAY.year, DAY.month, DAY.day, 20, 0, tzinfo=UTC)
    first_free = at(9, day=DAY + timedelta(days=1)) + next_open.NEAR
    await away(cast.doctor_id, until=first_free)
    held = await appointments.hold(cast.wish(first_free), by=cast.asha, now=small_hours)
    await appointments.book(held.id, by=cast.asha, now=small_hours)
    await next_open.refresh([cast.doctor_id], small_hours)
    assert set((await stored(cast.doctor_id)).values()) == {first_free + timedelta(minutes=30)}


async def test_refreshing_again_moves_nothing_and_tells_nobody(cast: Cast) -> None:
    both = [cast.doctor_id, cast.other_doctor_id]
    assert await next_open.refresh(both, NOW) == 4
    assert len(await events("NextOpenMoved")) == 1
    before = await many("SELECT * FROM next_open ORDER BY doctor_id, mode")
    assert await next_open.refresh(both, NOW) == 0
    assert await many("SELECT * FROM next_open ORDER BY doctor_id, mode") == before
    assert len(await events("NextOpenMoved")) == 1


async def test_an_event_is_written_only_when_one_moves(cast: Cast) -> None:
    await next_open.refresh([cast.doctor_id], NOW)
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    assert await next_open.refresh([cast.doctor_id], NOW) == 0
    assert len(await events("NextOpenMoved")) == 1
    earliest = (await stored(cast.doctor_id))["in_person"]
    assert earliest is not None
    await appointments.hold(cast.wish(earliest), by=cast.asha, now=NOW)
    assert await next_open.refresh([cast.doctor_id], NOW) == 2
    (_, event) = await events("NextOpenMoved")
    assert (event.topics, event.data) == ([next_open.TOPIC], {"count": 2})


async def test_two_that_move_at_one_moment_are_two_versions(cast: Cast) -> None:
    seen = [(await next_open.changes(NOW)).version]
    for doctor in (cast.doctor_id, cast.other_doctor_id, cast.doctor_id, cast.doctor_id):
        if (earliest := (await stored(doctor)).get("video")) is not None:
            await appointments.hold(cast.wish(earliest), by=cast.asha, now=NOW)
        await next_open.refresh([doctor], NOW)
        seen.append((await next_open.changes(NOW)).version)
    assert seen == sorted(set(seen))


async def test_many_refreshes_at_once_give_the_result_of_one(cast: Cast) -> None:
    both = [cast.doctor_id, cast.other_doctor_id]
    async with asyncio.timeout(20):
        moved = await asyncio.gather(*(next_open.refresh(both[:: 1 - 2 * (n % 2)], NOW) for n in range(8)))
    assert sorted(moved) == [0] * 7 + [4]
    for doctor in both:
        assert (await stored(doctor))["video"] == await by_brute_force(doctor, "video", NOW)


async def test_what_was_read_earlier_never_overwrites_what_was_read_later(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await next_open.refresh([cast.doctor_id], NOW)
    read, go_on, read_the_book = asyncio.Event(), asyncio.Event(), next_open._earliest

    async def slow(*args):
        found = await read_the_book(*args)
        if not read.is_set():
            read.set()
            await go_on.wait()
        return found

    monkeypatch.setattr(next_open, "_earliest", slow)
    early = asyncio.create_task(next_open.refresh([cast.doctor_id], NOW))
    await read.wait()
    await away(cast.doctor_id, until=at(12))
    late = asyncio.create_task(next_open.refresh([cast.doctor_id], NOW))

    async def late_waits_or_is_done() -> bool:
        waiting = await many("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return late.done() or bool(waiting)

    await until(late_waits_or_is_done)
    go_on.set()
    await asyncio.gather(early, late)
    assert set((await stored(cast.doctor_id)).values()) == {at(12)}


async def test_a_refresh_that_races_bookings_ends_where_the_book_stands(cast: Cast) -> None:
    async def turn(when: datetime) -> None:
        held = await appointments.hold(cast.wish(when), by=cast.asha, now=NOW)
        await appointments.book(held.id, by=cast.asha, now=NOW)
        await next_open.refresh([cast.doctor_id], NOW)

    first = at(15, day=NOW.date())
    assert first > NOW
    for step in range(4):
        await asyncio.gather(
            turn(first + timedelta(minutes=30 * step)), *(next_open.refresh([cast.doctor_id], NOW) for _ in range(4))
        )
        assert (await stored(cast.doctor_id))["video"] == await by_brute_force(cast.doctor_id, "video", NOW)


async def test_due_are_the_missing_and_then_nobody(cast: Cast) -> None:
    both = {cast.doctor_id, cast.other_doctor_id}
    assert await next_open.due(NOW, AN_HOUR_AGO) == both
    await next_open.refresh(both, NOW)
    assert await next_open.due(NOW, AN_HOUR_AGO) == set()


async def test_changed_are_the_days_since_then_with_their_versions(cast: Cast) -> None:
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    day = cast.doctor_id, at(10).date()
    assert await next_open.changed(NOW) == {day: 1}
    await appointments.book_at(cast.wish(at(11)), by=cast.receptionist, now=NOW)
    assert await next_open.changed(NOW) == {day: 2}
    assert await next_open.changed(NOW + timedelta(seconds=1)) == {}


async def test_due_is_whose_slot_has_come_nearer_than_his_notice(cast: Cast) -> None:
    await next_open.refresh([cast.doctor_id, cast.other_doctor_id], NOW)
    await write("UPDATE doctors SET notice_minutes = 60 WHERE id = :id", id=cast.doctor_id)
    earliest = (await stored(cast.doctor_id))["video"]
    assert earliest is not None
    at_the_notice = earliest - timedelta(minutes=60)
    assert await next_open.due(at_the_notice, at_the_notice) == set()
    just_later = at_the_notice + timedelta(seconds=1)
    assert await next_open.due(just_later, just_later) == {cast.doctor_id}


async def test_due_is_who_had_nothing_open_once_a_day_has_turned_on_his_wall_clock(cast: Cast) -> None:
    both = [cast.doctor_id, cast.other_doctor_id]
    midnight = at(0)
    await away(cast.doctor_id, until=midnight + timedelta(days=60, hours=23))
    await next_open.refresh(both, midnight - timedelta(minutes=1))
    assert (await stored(cast.doctor_id))["video"] is None
    before, after = midnight - timedelta(seconds=10), midnight + timedelta(seconds=10)
    assert await next_open.due(before, before - timedelta(seconds=20)) == set()
    assert await next_open.due(after, before) == {cast.doctor_id}
    next_day = after + timedelta(days=1)
    await next_open.refresh([cast.doctor_id], next_day)
    assert (await stored(cast.doctor_id))["video"] == at(9) + timedelta(days=61)


async def test_a_doctor_who_left_has_nothing_open_and_is_not_due_for_ever(cast: Cast) -> None:
    await next_open.refresh([cast.doctor_id, cast.other_doctor_id], NOW)
    await write("UPDATE doctors SET is_active = false WHERE id = :id", id=cast.doctor_id)
    long_after = NOW + timedelta(days=3)
    assert cast.doctor_id in await next_open.due(long_after, long_after)
    await next_open.refresh([cast.doctor_id, cast.other_doctor_id], long_after)
    assert await stored(cast.doctor_id) == {"in_person": None, "video": None}
    assert await next_open.due(long_after, long_after) == set()


async def test_changes_are_all_modes_of_those_who_moved_of_late(cast: Cast) -> None:
    long_ago = NOW - next_open.RECENT
    await next_open.refresh([cast.doctor_id, cast.other_doctor_id], long_ago - timedelta(days=1))
    await next_open.refresh([cast.other_doctor_id], long_ago)
    await next_open.refresh([cast.doctor_id], NOW)
    changes = await next_open.changes(NOW)
    assert {(e.doctor_id, e.mode, e.zone) for e in changes.earliest} == {
        (cast.doctor_id, "in_person", "Asia/Kolkata"),
        (cast.doctor_id, "video", "Asia/Kolkata"),
    }
    assert {e.starts_at for e in changes.earliest} == set((await stored(cast.doctor_id)).values())


async def test_one_that_was_computed_for_the_first_time_has_not_changed(cast: Cast) -> None:
    await next_open.refresh([cast.doctor_id], NOW)
    assert (await next_open.changes(NOW)).earliest == ()


async def test_more_doctors_than_one_batch_are_all_refreshed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_open, "BATCH", 2)
    more = [await another_doctor(cast.doctor_id, f"more-{number}") for number in range(3)]
    assert await next_open.refresh([cast.doctor_id, *more], NOW) == 8
    assert (await one("SELECT count(DISTINCT doctor_id) AS n FROM next_open")).n == 4
    assert len(await events("NextOpenMoved")) == 2


async def away(doctor_id: int, *, until: datetime) -> None:
    await write(
        "INSERT INTO leaves (doctor_id, starts_at, ends_at) VALUES (:id, :since, :until)",
        id=doctor_id,
        since=NOW - timedelta(days=3),
        until=until,
    )
