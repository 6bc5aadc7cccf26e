"""Reading a schedule: each table's rows have their effect, at once, in this process and beside another connection."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from core import db
from core.errors import NotFound, Stale
from models.visit import VisitType
from services import appointments, schedules
from services.slots import Why
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import one, write

# A change in each table, and how many times of the day are open after it: 16 before.
CHANGES = {
    "weekly_hours": ("DELETE FROM weekly_hours WHERE doctor_id = :doctor AND opens = '15:00'", 8),
    "hours to midnight": ("UPDATE weekly_hours SET closes = '24:00' WHERE doctor_id = :doctor AND opens = '15:00'", 26),
    "override": (
        "INSERT INTO hour_overrides (doctor_id, clinic_id, day, opens, closes, modes) "
        "VALUES (:doctor, :clinic, :day, '10:00', '11:00', '{in_person}')",
        2,
    ),
    "day off": ("INSERT INTO hour_overrides (doctor_id, clinic_id, day) VALUES (:doctor, :clinic, :day)", 0),
    "break": (
        "INSERT INTO breaks (doctor_id, weekday, starts, ends) VALUES (:doctor, :weekday, '10:00', '11:00')",
        14,
    ),
    "leave": (
        "INSERT INTO leaves (doctor_id, starts_at, ends_at) VALUES (:doctor, :at9, :at11)",
        12,
    ),
    "closure": (
        "INSERT INTO closures (clinic_id, starts_at, ends_at, name) VALUES (:clinic, :at9, :at11, 'Diwali')",
        12,
    ),
    "visit rule": ("INSERT INTO visit_rules VALUES (:doctor, 'first_visit', 60, 0)", 8),
    "buffer": ("INSERT INTO visit_rules VALUES (:doctor, 'first_visit', 30, 30)", 8),
    "slot_minutes": ("UPDATE doctors SET slot_minutes = 60 WHERE id = :doctor", 8),
    "notice": ("UPDATE doctors SET notice_minutes = 60 * 24 * 3 WHERE id = :doctor", 0),
    "modes": ("UPDATE doctors SET modes = '{}' WHERE id = :doctor", 0),
    "horizon": ("UPDATE doctors SET horizon_days = 1 WHERE id = :doctor", 16),
    "time zone": ("UPDATE clinics SET time_zone = 'Asia/Kathmandu' WHERE id = :clinic", 16),
    "fee": ("UPDATE doctors SET fee = 1 WHERE id = :doctor", 16),
}


def values(cast: Cast) -> dict[str, object]:
    return {
        "doctor": cast.doctor_id,
        "clinic": cast.clinic_id,
        "day": DAY,
        "weekday": DAY.weekday(),
        "at9": at(9),
        "at11": at(11),
    }


def bound(statement: str, cast: Cast):
    return text(statement).bindparams(**{k: v for k, v in values(cast).items() if f":{k}" in statement})


async def read(doctor_id: int, first: date = DAY, last: date = DAY):
    async with db.snapshot() as connection:
        return await schedules.schedule(connection, doctor_id, first, last)


async def open_count(doctor_id: int) -> int:
    return sum(slot.why == Why.OPEN for slot in (await read(doctor_id)).slots(DAY, NOW))


@pytest.mark.parametrize("what", CHANGES)
async def test_a_change_in_any_table_is_seen_by_the_next_read_and_one_rolled_back_never_is(
    cast: Cast, what: str
) -> None:
    statement, after = CHANGES[what]
    before = await read(cast.doctor_id)
    assert await open_count(cast.doctor_id) == 16
    async with db.engine().connect() as connection:
        await connection.execute(bound(statement, cast))
        # The one who changes it sees it, and the process keeps what he read.
        changed = await schedules.schedule(connection, cast.doctor_id, DAY, DAY)
        assert sum(slot.why == Why.OPEN for slot in changed.slots(DAY, NOW)) == after
        assert await open_count(cast.doctor_id) == 16
        await connection.rollback()
    assert await read(cast.doctor_id) == before
    async with db.engine().begin() as connection:
        await connection.execute(bound(statement, cast))
    now_known = await read(cast.doctor_id)
    assert await open_count(cast.doctor_id) == after
    # As another process reads it, that keeps nothing yet.
    schedules.forget()
    assert await read(cast.doctor_id) == now_known
    assert now_known.version != before.version


async def test_a_change_that_is_rolled_back_is_not_taken_for_the_next_one(cast: Cast) -> None:
    """The version that a rolled-back transaction drew, and that the process read under, is never drawn again."""
    for _ in range(3):
        async with db.engine().connect() as connection:
            await connection.execute(bound(CHANGES["leave"][0], cast))
            await schedules.schedule(connection, cast.doctor_id, DAY, DAY)
            await connection.rollback()
        await write("UPDATE doctors SET fee = fee + 1 WHERE id = :id", id=cast.doctor_id)
        assert await open_count(cast.doctor_id) == 16


async def test_what_is_not_changed_is_read_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    await read(cast.doctor_id)
    reads = []
    monkeypatch.setattr(schedules, "_schedule", lambda row: reads.append(row))
    await read(cast.doctor_id)
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    assert reads == []


async def test_a_closure_reaches_a_doctor_who_sits_there_on_one_date_only(cast: Cast) -> None:
    await write(
        "INSERT INTO hour_overrides (doctor_id, clinic_id, day, opens, closes, modes) "
        "VALUES (:doctor, :clinic, :day, '10:00', '11:00', '{in_person}')",
        doctor=cast.doctor_id,
        clinic=cast.other_clinic_id,
        day=DAY,
    )
    assert await open_count(cast.doctor_id) == 2
    await write(
        "INSERT INTO closures (clinic_id, starts_at, ends_at, name) VALUES (:clinic, :since, :until, 'Onam')",
        clinic=cast.other_clinic_id,
        since=at(0),
        until=at(23),
    )
    assert await open_count(cast.doctor_id) == 0


async def test_leaves_and_closures_before_and_after_the_days_that_are_read_change_nothing(cast: Cast) -> None:
    for since, until in ((-40, -30), (-2, -1), (20, 30), (-30, 0), (1, 2)):
        await write(
            "INSERT INTO leaves (doctor_id, starts_at, ends_at) VALUES (:id, :since, :until)",
            id=cast.doctor_id,
            since=at(9) + timedelta(days=since),
            until=at(9) + timedelta(days=until),
        )
    assert await open_count(cast.doctor_id) == 16
    (book,) = [await read(cast.doctor_id, DAY + timedelta(days=20), DAY + timedelta(days=20))]
    assert {s.why for s in book.slots(DAY + timedelta(days=20), NOW)} == {Why.LEAVE}
    long = "INSERT INTO leaves (doctor_id, starts_at, ends_at) VALUES (:id, :since, :until)"
    await write(long, id=cast.doctor_id, since=at(9) - timedelta(days=400), until=at(9) + timedelta(days=400))
    assert await open_count(cast.doctor_id) == 0


async def test_a_doctor_who_left_or_never_was_is_not_found_and_one_who_is_back_is(cast: Cast) -> None:
    await read(cast.doctor_id)
    await write("UPDATE doctors SET is_active = false WHERE id = :id", id=cast.doctor_id)
    for missing in (cast.doctor_id, 0, 999_999):
        with pytest.raises(NotFound):
            await read(missing)
    with pytest.raises(NotFound):
        await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=NOW)
    await write("UPDATE doctors SET is_active = true WHERE id = :id", id=cast.doctor_id)
    assert await open_count(cast.doctor_id) == 16


async def test_several_doctors_are_read_at_once_each_with_his_own(cast: Cast) -> None:
    more = await another_doctor(cast.doctor_id, slot_minutes=60)
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    async with db.snapshot() as connection:
        found = await schedules.schedules(connection, [cast.doctor_id, more, cast.other_doctor_id, 0], DAY, DAY)
    counts = {i: sum(s.why == Why.OPEN for s in book.slots(DAY, NOW)) for i, book in found.items()}
    assert counts == {cast.doctor_id: 15, more: 8, cast.other_doctor_id: 16}
    assert found[cast.doctor_id].versions == {DAY: 1}


async def test_whoever_was_last_read_stays_when_too_many_are_kept(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "KEPT", 2)
    more = await another_doctor(cast.doctor_id)
    for doctor in (cast.doctor_id, cast.other_doctor_id, cast.doctor_id, more):
        await read(doctor)
    assert list(schedules._kept) == [cast.doctor_id, more]


async def test_a_booking_whose_doctor_went_to_another_zone_is_asked_again(cast: Cast) -> None:
    """The process keeps his old zone, whose date is another: the day that was locked is not the day of the wish."""
    await read(cast.doctor_id)
    await write("UPDATE clinics SET time_zone = 'Pacific/Pago_Pago' WHERE id = :id", id=cast.clinic_id)
    evening = datetime(DAY.year, DAY.month, DAY.day, 18, tzinfo=ZoneInfo("Pacific/Pago_Pago")).astimezone(UTC)
    assert evening.date() == DAY + timedelta(days=1)
    with pytest.raises(Stale):
        await appointments.book_at(cast.wish(evening), by=cast.receptionist, now=NOW)
    assert (await one("SELECT count(*) AS n FROM doctor_days")).n == 0
    booked = await appointments.book_at(cast.wish(evening), by=cast.receptionist, now=NOW)
    assert booked.day == DAY


async def test_calendars_of_two_clinics_that_share_doctors_change_at_once(cast: Cast) -> None:
    for number in range(6):
        doctor = await another_doctor(cast.doctor_id, f"both-{number}")
        await write(
            "INSERT INTO weekly_hours (doctor_id, clinic_id, weekday, opens, closes, modes) "
            "VALUES (:doctor, :clinic, 0, '20:00', '21:00', '{in_person}')",
            doctor=doctor,
            clinic=cast.other_clinic_id,
        )

    async def close(clinic: int, n: int) -> None:
        await write(
            "INSERT INTO closures (clinic_id, starts_at, ends_at, name) VALUES (:clinic, :since, :until, 'Holi')",
            clinic=clinic,
            since=at(9) + timedelta(days=n),
            until=at(10) + timedelta(days=n),
        )

    async with asyncio.timeout(20):
        await asyncio.gather(*(close(c, n) for n in range(8) for c in (cast.clinic_id, cast.other_clinic_id)))
    assert len((await read(cast.doctor_id)).closures) == 8


async def test_each_kind_of_visit_has_its_length_the_doctors_own_before_the_usual_one(cast: Cast) -> None:
    await write("INSERT INTO visit_rules VALUES (:id, 'follow_up', 10, 5)", id=cast.doctor_id)
    book = await read(cast.doctor_id)
    found = {visit: (book.length(visit).minutes, book.length(visit).buffer_minutes) for visit in VisitType}
    assert found == {VisitType.FIRST_VISIT: (30, 0), VisitType.FOLLOW_UP: (10, 5), VisitType.PANCHAKARMA: (60, 0)}
