"""What a course could look like: its rest, who is free, and what is passed over."""

from datetime import date, time, timedelta

import pytest

from core.errors import Invalid, NotAllowed
from services import appointments
from services.refusals import NotOpen, PlaceTaken
from services.therapy import proposals
from services.therapy.course_plan import Pattern
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import one, write
from tests.therapy import course_wish, days_from, proposed, rooms, therapists

MONDAY = date(2026, 11, 30)


@pytest.fixture
async def places(cast: Cast) -> tuple[int, int]:
    (therapist,), (room,) = await therapists(cast.clinic_id), await rooms(cast.clinic_id)
    return therapist, room


def first(pattern: Pattern, count: int) -> list[date]:
    return [day for day, _ in zip(pattern.days(), range(count), strict=False)]


def test_a_course_rests_on_the_fourth_day_and_on_sundays() -> None:
    pattern = Pattern(MONDAY, frozenset(range(6)), frozenset({4}))
    assert first(pattern, 7) == days_from(MONDAY, 0, 1, 2, 4, 5, 7, 8)


@pytest.mark.parametrize(
    "rubbish", [{"weekdays": frozenset()}, {"weekdays": frozenset({7})}, {"rest_on": frozenset({0})}]
)
def test_a_pattern_without_days_is_refused(rubbish: dict) -> None:
    with pytest.raises(Invalid):
        Pattern(MONDAY, **rubbish)


async def test_a_plan_has_one_session_a_day_with_one_therapist_and_one_room(
    cast: Cast, places: tuple[int, int]
) -> None:
    plan = await proposed(cast, sessions=9, pattern=Pattern(DAY, rest_on=frozenset({4})))
    assert (plan.therapist_id, plan.room_id) == places
    assert list(plan.starts_at) == [at(10, day=day) for day in days_from(DAY, 0, 1, 2, 4, 5, 6, 7, 8, 9)]
    assert plan.passed_over == ()
    assert (await one("SELECT (SELECT count(*) FROM courses) + (SELECT count(*) FROM appointments) AS n")).n == 0


async def test_where_the_doctor_or_the_patient_is_taken_the_nearest_time_is_proposed(
    cast: Cast, places: tuple[int, int]
) -> None:
    await appointments.hold(cast.wish(at(10), patient=cast.stranger_patient), by=cast.stranger, now=NOW)
    elsewhere = cast.wish(at(10, day=DAY + timedelta(days=1)), doctor=cast.other_doctor_id)
    await appointments.book_at(elsewhere, by=cast.asha, now=NOW)
    plan = await proposed(cast)
    assert plan.starts_at[:3] == (
        at(9),
        at(9, day=DAY + timedelta(days=1)),
        at(10, day=DAY + timedelta(days=2)),
    )


async def test_a_hold_that_ran_out_is_in_nobodys_way(cast: Cast, places: tuple[int, int]) -> None:
    await appointments.hold(cast.wish(at(10), doctor=cast.other_doctor_id), by=cast.asha, now=NOW)
    assert (await proposed(cast)).starts_at[0] == at(9)
    later = await proposals.propose(course_wish(cast), by=cast.receptionist, now=NOW + appointments.HOLD_FOR)
    assert later.starts_at[0] == at(10)


async def test_a_day_without_a_near_time_is_passed_over_and_named(cast: Cast, places: tuple[int, int]) -> None:
    away = {
        "doctor": cast.doctor_id,
        "starts": at(0, day=DAY + timedelta(days=2)),
        "ends": at(13, day=DAY + timedelta(days=2)),
    }
    await write(
        "INSERT INTO leaves (doctor_id, starts_at, ends_at, created_at) VALUES (:doctor, :starts, :ends, :starts)",
        **away,
    )
    plan = await proposed(cast)
    assert plan.passed_over == (DAY + timedelta(days=2),)
    assert plan.starts_at[-1] == at(10, day=DAY + timedelta(days=7))


async def test_the_therapist_and_the_room_that_can_do_it_all_are_chosen(cast: Cast) -> None:
    busy, free = await therapists(cast.clinic_id, 2)
    taken, open_ = await rooms(cast.clinic_id, 2)
    doctor = await another_doctor(cast.doctor_id)
    for number, (column, which) in enumerate((("therapist_id", busy), ("room_id", taken))):
        other = cast.wish(at(10, day=DAY + timedelta(days=number)), doctor=doctor, patient=cast.stranger_patient)
        appointment = await appointments.book_at(other, by=cast.stranger, now=NOW)
        await write(f"UPDATE appointments SET {column} = :which WHERE id = :id", which=which, id=appointment.id)
    plan = await proposed(cast)
    assert (plan.therapist_id, plan.room_id) == (free, open_)
    assert set(plan.starts_at) == {at(10, day=day) for day in days_from(DAY, *range(7))}
    asked = await proposed(cast, therapist_id=busy, room_id=taken)
    assert (asked.therapist_id, asked.room_id) == (busy, taken)
    assert asked.starts_at[:2] == (at(9), at(9, day=DAY + timedelta(days=1)))


async def test_a_clinic_without_therapists_or_rooms_gives_no_courses(cast: Cast) -> None:
    with pytest.raises(PlaceTaken) as refusal:
        await proposed(cast)
    assert refusal.value.data["what"] == "therapist"
    (there,) = await therapists(cast.other_clinic_id)
    await therapists(cast.clinic_id)
    with pytest.raises(PlaceTaken) as refusal:
        await proposed(cast)
    assert refusal.value.data["what"] == "room"
    with pytest.raises(PlaceTaken):
        await proposed(cast, therapist_id=there)


async def test_a_course_ends_before_the_horizon_or_is_not_proposed(cast: Cast, places: tuple[int, int]) -> None:
    await write("UPDATE doctors SET horizon_days = 12 WHERE id = :id", id=cast.doctor_id)
    assert len((await proposed(cast, sessions=12)).starts_at) == 12
    with pytest.raises(NotOpen) as refusal:
        await proposed(cast, sessions=13)
    assert refusal.value.data["why"] == "horizon"


@pytest.mark.parametrize("sessions", [0, 6, 22])
async def test_fewer_than_seven_and_more_than_twenty_one_are_no_course(cast: Cast, sessions: int) -> None:
    with pytest.raises(Invalid):
        await proposed(cast, sessions=sessions)


async def test_a_patient_plans_for_the_family_only_and_staff_for_their_clinic(
    cast: Cast, places: tuple[int, int]
) -> None:
    for by in (cast.stranger, cast.other_receptionist, cast.other_doctor):
        with pytest.raises(NotAllowed):
            await proposed(cast, by=by)
    for by in (cast.asha, cast.doctor, cast.receptionist, cast.admin):
        assert await proposed(cast, by=by, patient_id=cast.mother_patient)


async def test_patients_give_notice_and_staff_need_not(cast: Cast, places: tuple[int, int]) -> None:
    wish, now = course_wish(cast, hour=10), at(9, 45)
    assert (await proposals.propose(wish, by=cast.asha, now=now)).starts_at[0] == at(11)
    assert (await proposals.propose(wish, by=cast.receptionist, now=now)).starts_at[0] == at(10)
    assert time(10) == wish.at
