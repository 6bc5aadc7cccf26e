"""Courses: all sessions or none, shifted and cancelled as one, with rows, events and audit entries."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from core.errors import Invalid, NotAllowed, NotFound, Stale
from models.visit import VisitType
from services import appointments, visits
from services.refusals import NotOpen, PatientBusy, PlaceTaken, SlotTaken, TooLate
from services.therapy import courses
from services.therapy.course_plan import Pattern, Plan
from services.therapy.course_sessions import CourseView, sessions_of
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import audited, events, many, one, write
from tests.therapy import days_from, proposed, rooms, therapists

NOTHING = """SELECT (SELECT count(*) FROM courses) + (SELECT count(*) FROM doctor_days)
    + (SELECT count(*) FROM audit_log) + (SELECT count(*) FROM events) AS n"""


def later(days: int) -> object:
    return DAY + timedelta(days=days)


@pytest.fixture
async def plan(cast: Cast) -> Plan:
    await therapists(cast.clinic_id)
    await rooms(cast.clinic_id)
    return await proposed(cast)


async def seen(cast: Cast, course_id: object, now: object = NOW) -> CourseView:
    return await sessions_of(course_id, by=cast.receptionist, now=now)


def statuses(view: CourseView) -> list[str]:
    return [session.status for session in view.sessions]


async def test_a_course_reserves_doctor_therapist_and_room_for_each_session(cast: Cast, plan: Plan) -> None:
    course = await courses.book_course(plan, by=cast.asha, now=NOW)
    rows = await many("SELECT * FROM appointments ORDER BY starts_at")
    assert [row.starts_at for row in rows] == list(plan.starts_at)
    assert {(row.therapist_id, row.room_id, row.course_id) for row in rows} == {
        (plan.therapist_id, plan.room_id, course.id)
    }
    assert {(row.status, row.visit_type, row.mode, row.source, row.token) for row in rows} == {
        ("booked", "panchakarma", "in_person", "web", 1)
    }
    assert all(row.ends_at - row.starts_at == timedelta(hours=1) for row in rows)
    row = await one("SELECT sessions, version, weekdays, patient_id FROM courses")
    assert tuple(row) == (7, 1, [0, 1, 2, 3, 4, 5, 6], cast.asha_patient)


async def test_booking_tells_of_each_session_and_once_of_the_course(cast: Cast, plan: Plan) -> None:
    course = await courses.book_course(plan, by=cast.asha, now=NOW)
    assert len(await events("AppointmentBooked")) == len(await audited("AppointmentBooked")) == 7
    (event,) = await events("CourseBooked")
    assert set(event.topics) == {
        f"doctor:{cast.doctor_id}",
        f"patient:{cast.asha_patient}",
        f"account:{cast.asha.user_id}",
    }
    assert event.data == {"course_id": str(course.id), "doctor_id": cast.doctor_id, "version": 1}
    (entry,) = await audited("CourseBooked")
    assert (entry.actor_id, entry.patient_id, entry.object_id) == (cast.asha.user_id, cast.asha_patient, str(course.id))
    assert entry.details == {"version": 1, "sessions": 7}


@pytest.mark.parametrize("in_the_way", ["doctor", "patient", "therapist", "room"])
async def test_one_session_in_the_way_books_nothing_and_is_named(cast: Cast, plan: Plan, in_the_way: str) -> None:
    other = await another_doctor(cast.doctor_id)
    wish = cast.wish(
        at(10, day=later(3)),
        doctor=cast.doctor_id if in_the_way == "doctor" else other,
        patient=cast.asha_patient if in_the_way == "patient" else cast.stranger_patient,
    )
    taken = await appointments.book_at(wish, by=cast.receptionist, now=NOW)
    if in_the_way in ("therapist", "room"):
        column = f"{in_the_way}_id"
        await write(
            f"UPDATE appointments SET {column} = :which WHERE id = :id", which=getattr(plan, column), id=taken.id
        )
    before = (await one(NOTHING)).n
    with pytest.raises((SlotTaken, PatientBusy, PlaceTaken)) as refusal:
        await courses.book_course(plan, by=cast.receptionist, now=NOW)
    kinds = {"doctor": SlotTaken, "patient": PatientBusy, "therapist": PlaceTaken, "room": PlaceTaken}
    assert type(refusal.value) is kinds[in_the_way]
    assert (refusal.value.data["session"], refusal.value.data["day"]) == (4, later(3))
    assert refusal.value.data.get("what", in_the_way) == in_the_way
    assert (await one(NOTHING)).n == before


async def test_a_session_outside_the_doctors_hours_books_nothing_and_is_named(cast: Cast, plan: Plan) -> None:
    off = replace(plan, starts_at=(*plan.starts_at[:-1], at(13, day=later(6))))
    with pytest.raises(NotOpen) as refusal:
        await courses.book_course(off, by=cast.receptionist, now=NOW)
    assert (refusal.value.data["session"], refusal.value.data["day"]) == (7, later(6))
    assert (await one(NOTHING)).n == 0


async def test_no_course_has_sessions_out_of_order_twice_or_too_few(cast: Cast, plan: Plan) -> None:
    starts = plan.starts_at
    for wrong in (starts[:-1], starts[::-1], (*starts[:-1], starts[0]), tuple(s.replace(tzinfo=None) for s in starts)):
        with pytest.raises(Invalid):
            await courses.book_course(replace(plan, starts_at=wrong), by=cast.receptionist, now=NOW)


async def test_therapist_and_room_are_of_the_clinic_and_at_work(cast: Cast, plan: Plan) -> None:
    (elsewhere,) = await rooms(cast.other_clinic_id)
    with pytest.raises(PlaceTaken):
        await courses.book_course(replace(plan, room_id=elsewhere), by=cast.receptionist, now=NOW)
    await write("UPDATE therapists SET is_active = false")
    with pytest.raises(PlaceTaken):
        await courses.book_course(plan, by=cast.receptionist, now=NOW)
    with pytest.raises(PlaceTaken):
        await proposed(cast)
    with pytest.raises(NotFound):
        await courses.book_course(replace(plan, patient_id=999_999), by=cast.receptionist, now=NOW)


async def test_a_session_is_at_the_courses_clinic(cast: Cast, plan: Plan) -> None:
    weekday = later(6).weekday()
    moved = "UPDATE weekly_hours SET clinic_id = :there WHERE doctor_id = :doctor AND weekday = :weekday"
    await write(moved, there=cast.other_clinic_id, doctor=cast.doctor_id, weekday=weekday)
    with pytest.raises(NotOpen) as refusal:
        await courses.book_course(plan, by=cast.receptionist, now=NOW)
    assert refusal.value.data["session"] == 7
    assert (await proposed(cast)).passed_over == (later(6),)


async def test_patients_book_for_their_family_and_staff_for_their_clinic(cast: Cast, plan: Plan) -> None:
    for by in (cast.stranger, cast.other_receptionist, cast.other_doctor):
        with pytest.raises(NotAllowed):
            await courses.book_course(plan, by=by, now=NOW)
    course = await courses.book_course(replace(plan, patient_id=cast.mother_patient), by=cast.asha, now=NOW)
    for by in (cast.stranger, cast.other_receptionist, cast.other_doctor):
        with pytest.raises(NotAllowed):
            await courses.shift(course.id, days=1, by=by, now=NOW)
        with pytest.raises(NotAllowed):
            await courses.cancel_rest(course.id, by=by, now=NOW)
        with pytest.raises(NotFound):
            await sessions_of(course.id, by=by, now=NOW)


async def test_a_shift_moves_what_is_left_and_keeps_the_pattern(cast: Cast, plan: Plan) -> None:
    rest = replace(plan, pattern=Pattern(DAY, rest_on=frozenset({4})), starts_at=())
    rest = replace(rest, starts_at=tuple(at(10, day=day) for day in days_from(DAY, 0, 1, 2, 4, 5, 6, 7)))
    course = await courses.book_course(rest, by=cast.asha, now=NOW)
    moved = await courses.shift(course.id, days=2, by=cast.asha, now=NOW)
    view = await seen(cast, course.id)
    assert [session.day for session in view.sessions] == days_from(DAY, 2, 3, 4, 6, 7, 8, 9)
    assert {session.starts_at.time() for session in view.sessions} == {at(10).time()}
    assert (moved.version, view.version) == (2, 2)
    old = await many("SELECT id, status FROM appointments WHERE status = 'rescheduled'")
    new = await many("SELECT rescheduled_from, therapist_id, room_id FROM appointments WHERE status = 'booked'")
    assert {row.id for row in old} == {row.rescheduled_from for row in new}
    assert {(row.therapist_id, row.room_id) for row in new} == {(plan.therapist_id, plan.room_id)}
    assert len(await events("CourseShifted")) == len(await audited("CourseShifted")) == 1
    assert len(await events("AppointmentRescheduled")) == len(await audited("AppointmentRescheduled")) == 7


async def test_a_shift_by_one_day_moves_each_into_its_neighbours_place(cast: Cast, plan: Plan) -> None:
    course = await courses.book_course(plan, by=cast.asha, now=NOW)
    await courses.shift(course.id, days=1, by=cast.asha, now=NOW)
    assert [s.day for s in (await seen(cast, course.id)).sessions] == days_from(DAY, *range(1, 8))


async def test_a_shift_leaves_what_is_over_and_what_stands_before_the_session_named(cast: Cast, plan: Plan) -> None:
    course = await courses.book_course(plan, by=cast.asha, now=NOW)
    first = (await seen(cast, course.id)).sessions[0]
    now = at(11)
    await visits.check_in(first.appointment_id, by=cast.receptionist, now=at(9, 50))
    await visits.start(first.appointment_id, by=cast.doctor, now=at(10))
    await visits.complete(first.appointment_id, by=cast.doctor, now=now)
    await courses.shift(course.id, days=3, from_session=3, by=cast.asha, now=now)
    view = await seen(cast, course.id)
    assert [s.day for s in view.sessions] == days_from(DAY, 0, 1, 5, 6, 7, 8, 9)
    assert statuses(view) == ["completed", *["booked"] * 6]
    await courses.shift(course.id, days=1, by=cast.asha, now=now)
    assert [s.day for s in (await seen(cast, course.id)).sessions] == days_from(DAY, 0, 2, 6, 7, 8, 9, 10)


async def test_a_shift_passes_over_days_on_which_the_doctor_is_away(cast: Cast, plan: Plan) -> None:
    course = await courses.book_course(plan, by=cast.asha, now=NOW)
    await write(
        "INSERT INTO leaves (doctor_id, starts_at, ends_at, created_at) VALUES (:id, :starts, :ends, :starts)",
        id=cast.doctor_id,
        starts=at(0, day=later(5)),
        ends=at(0, day=later(6)),
    )
    await courses.shift(course.id, days=2, by=cast.asha, now=NOW)
    assert [s.day for s in (await seen(cast, course.id)).sessions] == days_from(DAY, 2, 3, 4, 6, 7, 8, 9)


async def test_a_shift_passes_over_the_weekdays_on_which_the_course_rests(cast: Cast, plan: Plan) -> None:
    rest = later(3).weekday()
    weekdays = frozenset(range(7)) - {rest}
    starts = tuple(at(10, day=later(n)) for n in (0, 1, 2, 4, 5, 6, 7))
    course = await courses.book_course(
        replace(plan, pattern=Pattern(DAY, weekdays), starts_at=starts), by=cast.asha, now=NOW
    )
    await courses.shift(course.id, days=1, by=cast.asha, now=NOW)
    assert [s.day for s in (await seen(cast, course.id)).sessions] == days_from(DAY, 1, 2, 4, 5, 6, 7, 8)


async def test_a_shift_that_one_session_cannot_follow_moves_nothing(cast: Cast, plan: Plan) -> None:
    course = await courses.book_course(plan, by=cast.asha, now=NOW)
    taken = cast.wish(at(10, day=later(8)), patient=cast.stranger_patient)
    await appointments.book_at(taken, by=cast.stranger, now=NOW)
    before = await seen(cast, course.id)
    with pytest.raises(SlotTaken) as refusal:
        await courses.shift(course.id, days=2, by=cast.asha, now=NOW)
    assert (refusal.value.data["session"], refusal.value.data["day"]) == (7, later(8))
    assert await seen(cast, course.id) == before
    assert await events("AppointmentRescheduled") == []


async def test_a_shift_does_not_go_into_the_past_past_the_horizon_or_before_a_neighbour(cast: Cast, plan: Plan) -> None:
    course = await courses.book_course(plan, by=cast.asha, now=NOW)
    for days, why in ((-3, "past"), (55, "horizon")):
        with pytest.raises(NotOpen) as refusal:
            await courses.shift(course.id, days=days, by=cast.receptionist, now=NOW)
        assert refusal.value.data["why"] == why
        assert refusal.value.data["session"]
    for days, from_session in ((0, None), (-1, 2), (1, 8), (1, 0)):
        with pytest.raises(Invalid):
            await courses.shift(course.id, days=days, from_session=from_session, by=cast.asha, now=NOW)


async def test_a_version_that_is_no_longer_the_courses_shifts_nothing(cast: Cast, plan: Plan) -> None:
    course = await courses.book_course(plan, by=cast.asha, now=NOW)
    await courses.shift(course.id, days=1, version=1, by=cast.asha, now=NOW)
    with pytest.raises(Stale):
        await courses.shift(course.id, days=1, version=1, by=cast.asha, now=NOW)
    with pytest.raises(Stale):
        await courses.cancel_rest(course.id, version=1, by=cast.asha, now=NOW)


async def test_within_the_clinics_window_only_the_staff_shift_and_cancel(cast: Cast, plan: Plan) -> None:
    course = await courses.book_course(plan, by=cast.asha, now=NOW)
    near = at(8, 30)
    with pytest.raises(TooLate):
        await courses.shift(course.id, days=1, by=cast.asha, now=near)
    with pytest.raises(TooLate):
        await courses.cancel_rest(course.id, by=cast.asha, now=near)
    await courses.shift(course.id, days=1, from_session=2, by=cast.asha, now=near)
    await courses.shift(course.id, days=1, by=cast.receptionist, now=near)
    assert [s.day for s in (await seen(cast, course.id)).sessions] == days_from(DAY, 1, 3, 4, 5, 6, 7, 8)


async def test_a_session_that_went_to_another_doctor_is_cancelled_and_shifted_with_the_others(
    cast: Cast, plan: Plan
) -> None:
    course = await courses.book_course(plan, by=cast.asha, now=NOW)
    other = await another_doctor(cast.doctor_id)
    third = (await seen(cast, course.id)).sessions[2]
    wish = replace(cast.wish(third.starts_at, doctor=other), visit=VisitType.PANCHAKARMA)
    await appointments.reschedule(third.appointment_id, wish, by=cast.receptionist, now=NOW)
    await courses.shift(course.id, days=1, by=cast.asha, now=NOW)
    assert [s.day for s in (await seen(cast, course.id)).sessions] == days_from(DAY, *range(1, 8))
    versions = await many("SELECT version FROM doctor_days WHERE doctor_id = :other", other=other)
    assert [row.version for row in versions] == [2]


async def test_cancelling_the_rest_frees_it_once_and_leaves_what_was(cast: Cast, plan: Plan) -> None:
    course = await courses.book_course(plan, by=cast.asha, now=NOW)
    now = at(12, day=later(1))
    ended = await courses.cancel_rest(course.id, by=cast.asha, now=now)
    assert (ended.version, ended.cancelled_at) == (2, now)
    assert statuses(await seen(cast, course.id)) == ["booked"] * 2 + ["cancelled"] * 5
    assert (await courses.cancel_rest(course.id, by=cast.asha, now=now)).version == 2
    assert len(await events("AppointmentCancelled")) == len(await audited("AppointmentCancelled")) == 5
    assert len(await events("CourseCancelled")) == len(await audited("CourseCancelled")) == 1
    with pytest.raises(TooLate):
        await courses.shift(course.id, days=1, by=cast.asha, now=now)
    again = replace(plan, patient_id=cast.stranger_patient, starts_at=tuple(at(10, day=later(n)) for n in range(2, 9)))
    assert await courses.book_course(again, by=cast.stranger, now=now)


async def test_reading_a_course_is_recorded_and_an_unknown_one_is_not_found(cast: Cast, plan: Plan) -> None:
    course = await courses.book_course(plan, by=cast.asha, now=NOW)
    view = await sessions_of(course.id, by=cast.doctor, now=NOW)
    assert (view.patient, view.therapist, view.room) == ("Asha Kulkarni", "Therapist 0", "Room 0")
    assert [session.number for session in view.sessions] == [1, 2, 3, 4, 5, 6, 7]
    (entry,) = await audited("CourseRead")
    assert (entry.actor_id, entry.patient_id) == (cast.doctor.user_id, cast.asha_patient)
    for action in (courses.cancel_rest, sessions_of):
        with pytest.raises(NotFound):
            await action(uuid4(), by=cast.admin, now=NOW)
