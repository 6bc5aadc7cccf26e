"""Courses that want the same therapist, room or patient at once: one is booked whole, the other not at all."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest

from core import db
from core.errors import Stale
from models import Course
from services import appointments, placing
from services.refusals import PatientBusy, PlaceTaken, SlotTaken
from services.therapy import courses
from services.therapy.course_plan import Plan
from tests.people import DAY, NOW, Cast, another_doctor, at, crowd
from tests.rows import many, one
from tests.therapy import proposed, rooms, therapists

pytestmark = pytest.mark.race

COUNTS = "SELECT (SELECT count(*) FROM courses) AS courses, (SELECT count(*) FROM appointments) AS sessions"


@pytest.fixture
async def plans(cast: Cast) -> list[Plan]:
    """Four courses at the same times: of four patients, with four doctors, four therapists, in four rooms."""
    members = await crowd(4)
    doctors = [await another_doctor(cast.doctor_id, slug=f"doctor-{number}") for number in range(4)]
    who, where = await therapists(cast.clinic_id, 4), await rooms(cast.clinic_id, 4)
    plan = await proposed(cast, sessions=21)
    return [
        replace(plan, patient_id=member.patient_id, doctor_id=doctor, therapist_id=therapist, room_id=room)
        for member, doctor, therapist, room in zip(members, doctors, who, where, strict=True)
    ]


async def together(*attempts: Awaitable[object]) -> list[object]:
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*attempts, return_exceptions=True)
    unexpected = [a for a in answers if isinstance(a, BaseException) and not hasattr(a, "code")]
    assert not unexpected
    return answers


@pytest.mark.parametrize(
    ("shared", "refusal"),
    [("therapist_id", PlaceTaken), ("room_id", PlaceTaken), ("patient_id", PatientBusy), ("doctor_id", SlotTaken)],
)
async def test_of_courses_that_share_one_thing_one_is_booked_whole(
    cast: Cast, plans: list[Plan], shared: str, refusal: type
) -> None:
    alike = [replace(plan, **{shared: getattr(plans[0], shared)}) for plan in plans]
    answers = await together(*(courses.book_course(plan, by=cast.receptionist, now=NOW) for plan in alike))
    assert sorted(type(answer).__name__ for answer in answers) == sorted(["Course", *[refusal.__name__] * 3])
    assert tuple(await one(COUNTS)) == (1, 21)
    assert (await one("SELECT count(*) AS n FROM doctor_days")).n == 21
    assert {answer.data["session"] for answer in answers if isinstance(answer, refusal)} == {1}


@pytest.mark.parametrize("shared", ["therapist_id", "room_id"])
async def test_the_database_itself_refuses_it_with_the_locks_taken_away(
    cast: Cast, plans: list[Plan], shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_lock(*_: object) -> None:
        return None

    monkeypatch.setattr(courses, "lock_parties", no_lock)
    alike = [replace(plan, **{shared: getattr(plans[0], shared)}) for plan in plans]
    answers = await together(*(courses.book_course(plan, by=cast.receptionist, now=NOW) for plan in alike))
    assert sorted(type(answer).__name__ for answer in answers) == ["Course", *["PlaceTaken"] * 3]
    assert tuple(await one(COUNTS)) == (1, 21)


@pytest.mark.parametrize("shared", ["therapist_id", "room_id"])
async def test_no_row_comes_in_beside_another_even_past_the_services(
    cast: Cast, plans: list[Plan], shared: str
) -> None:
    await courses.book_course(plans[0], by=cast.receptionist, now=NOW)
    row = (await many("SELECT * FROM appointments ORDER BY starts_at LIMIT 1"))[0]
    names = [name for name in placing.COLUMNS if name != "id"]
    values = {name: getattr(row, name) for name in names} | {
        "patient_id": plans[1].patient_id,
        "doctor_id": plans[1].doctor_id,
        "therapist_id": plans[1].therapist_id,
        "room_id": plans[1].room_id,
        shared: getattr(row, shared),
    }
    async with db.engine().begin() as connection:
        inserted = await connection.execute(placing.INSERT, values | {"id": courses.Course().id})
        assert inserted.first() is None
        free = values | {shared: getattr(plans[1], shared)}
        assert (await connection.execute(placing.INSERT, free | {"id": courses.Course().id})).first() is not None


async def test_courses_that_cross_do_not_wait_for_each_other_for_ever(cast: Cast, plans: list[Plan]) -> None:
    """Each pair shares a therapist one way round and a room the other, at times that overlap on some days only."""
    a, b, c, d = plans
    late = timedelta(hours=1)
    mixed = [
        a,
        replace(b, therapist_id=a.therapist_id, starts_at=tuple(t + late * (n % 2) for n, t in enumerate(a.starts_at))),
        replace(c, room_id=a.room_id, starts_at=tuple(t + late * (n % 3 == 0) for n, t in enumerate(a.starts_at))),
        replace(d, therapist_id=b.therapist_id, room_id=a.room_id),
    ]
    answers = await together(*(courses.book_course(plan, by=cast.receptionist, now=NOW) for plan in mixed * 2))
    booked = [answer for answer in answers if isinstance(answer, Course)]
    assert 1 <= len(booked) <= 3
    assert tuple(await one(COUNTS)) == (len(booked), 21 * len(booked))


async def test_two_courses_that_shift_into_each_others_days_are_both_refused(cast: Cast, plans: list[Plan]) -> None:
    """Each frees what the other wants: without the room's lock they would wait for each other."""
    week = tuple(at(10, day=DAY + timedelta(days=n)) for n in range(7))
    after = tuple(at(10, day=DAY + timedelta(days=n)) for n in range(7, 14))
    first, second = [
        await courses.book_course(
            replace(plan, room_id=plans[0].room_id, starts_at=starts), by=cast.receptionist, now=NOW
        )
        for plan, starts in zip(plans, (week, after), strict=False)
    ]
    for _ in range(3):
        answers = await together(
            courses.shift(first.id, days=7, by=cast.receptionist, now=NOW),
            courses.shift(second.id, days=-7, by=cast.receptionist, now=NOW),
        )
        assert [type(answer) for answer in answers] == [PlaceTaken, PlaceTaken]


async def test_a_course_shifted_twice_at_once_by_one_version_is_shifted_once(cast: Cast, plans: list[Plan]) -> None:
    course = await courses.book_course(plans[0], by=cast.receptionist, now=NOW)
    answers = await together(
        *(courses.shift(course.id, days=2, version=1, by=cast.receptionist, now=NOW) for _ in range(4))
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Course", *[Stale.__name__] * 3]
    days = await many("SELECT day FROM appointments WHERE status = 'booked' ORDER BY day")
    assert [row.day for row in days] == [DAY + timedelta(days=2 + n) for n in range(21)]


async def test_a_course_cancelled_by_many_at_once_is_cancelled_once(cast: Cast, plans: list[Plan]) -> None:
    course = await courses.book_course(plans[0], by=cast.receptionist, now=NOW)
    answers = await together(*(courses.cancel_rest(course.id, by=cast.receptionist, now=NOW) for _ in range(4)))
    assert [type(answer) for answer in answers] == [Course] * 4
    assert {answer.version for answer in answers} == {2}
    assert (await one("SELECT count(*) AS n FROM events WHERE kind = 'AppointmentCancelled'")).n == 21


async def test_a_session_cancelled_while_the_course_is_shifted_is_not_brought_back(
    cast: Cast, plans: list[Plan]
) -> None:
    course = await courses.book_course(plans[0], by=cast.receptionist, now=NOW)
    session = await one("SELECT id FROM appointments ORDER BY starts_at DESC LIMIT 1")
    answers = await together(
        courses.shift(course.id, days=1, by=cast.receptionist, now=NOW),
        appointments.cancel(session.id, by=cast.receptionist, now=NOW),
    )
    standing = await many("SELECT day FROM appointments WHERE status = 'booked'")
    stale = sum(isinstance(answer, Stale) for answer in answers)
    assert (stale, len(standing)) in {(0, 20), (1, 20), (1, 21)}


async def test_a_shift_and_a_booking_that_want_the_same_time_do_not_both_get_it(cast: Cast, plans: list[Plan]) -> None:
    course = await courses.book_course(plans[0], by=cast.receptionist, now=NOW)
    wanted = cast.wish(at(10, day=DAY + timedelta(days=21)), doctor=plans[0].doctor_id)
    answers = await together(
        courses.shift(course.id, days=1, by=cast.receptionist, now=NOW),
        appointments.book_at(wanted, by=cast.asha, now=NOW),
    )
    assert sum(isinstance(answer, SlotTaken) for answer in answers) == 1
    assert (await one("SELECT count(*) AS n FROM appointments WHERE status = 'booked'")).n in (21, 22)


async def test_a_course_and_single_bookings_of_its_patient_do_not_wait_for_each_other_for_ever(
    cast: Cast, plans: list[Plan]
) -> None:
    """Each session's time is also wished for, by the same patient, with another doctor; the latest days first."""
    course, other = plans[0], plans[1].doctor_id
    for plan, wished in ((course, reversed(course.starts_at)), (replace(plans[2], doctor_id=other), course.starts_at)):
        members = [cast.wish(starts_at, patient=plan.patient_id, doctor=cast.other_doctor_id) for starts_at in wished]
        answers = await together(
            courses.book_course(plan, by=cast.receptionist, now=NOW),
            *(appointments.book_at(wish, by=cast.admin, now=NOW) for wish in members),
        )
        refused = {answer.code for answer in answers if isinstance(answer, BaseException)}
        assert refused <= {PatientBusy.code, SlotTaken.code}, refused
        overlaps = await many(
            "SELECT 1 FROM appointments a JOIN appointments b ON a.patient_id = b.patient_id AND a.id < b.id"
            " AND a.during && b.during WHERE a.status = 'booked' AND b.status = 'booked'"
        )
        assert overlaps == []
