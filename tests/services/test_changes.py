"""Cancelling and rescheduling: until when, what is kept, and what a doctor who left no longer takes."""

from datetime import timedelta

import pytest

from core.errors import Invalid, NotAllowed, NotFound, Stale
from services import appointments, visits
from services.placing import Wish
from services.refusals import NotOpen, SlotTaken, TooLate
from tests.people import DAY, NOW, Cast, at
from tests.rows import audited, events, many, one, write

EDGE = at(16) - timedelta(minutes=120)


async def booked(cast: Cast, moment=None, **wish):
    return await appointments.book_at(cast.wish(moment or at(16), **wish), by=cast.receptionist, now=NOW)


async def test_a_patient_may_change_it_up_to_the_very_minute_and_not_a_microsecond_later(cast: Cast) -> None:
    first = await booked(cast)
    for change in (
        appointments.cancel(first.id, by=cast.asha, now=EDGE + timedelta.resolution),
        appointments.reschedule(first.id, cast.wish(at(18)), by=cast.asha, now=EDGE + timedelta.resolution),
    ):
        with pytest.raises(TooLate):
            await change
    moved = await appointments.reschedule(first.id, cast.wish(at(18)), by=cast.asha, now=EDGE)
    assert (await appointments.cancel(moved.id, by=cast.asha, now=at(16))).status == "cancelled"


async def test_a_clinic_that_asks_for_no_notice_lets_patients_change_until_it_begins(cast: Cast) -> None:
    await write("UPDATE clinics SET free_change_minutes = 0")
    first = await booked(cast)
    with pytest.raises(TooLate):
        await appointments.cancel(first.id, by=cast.asha, now=at(16))
    assert (await appointments.cancel(first.id, by=cast.asha, now=at(15, 59))).status == "cancelled"


async def test_the_staff_may_when_the_clinic_runs_late_until_the_patient_is_inside(cast: Cast) -> None:
    first = await booked(cast)
    moved = await appointments.reschedule(first.id, cast.wish(at(18)), by=cast.receptionist, now=at(16, 30))
    await visits.check_in(moved.id, by=cast.receptionist, now=at(18))
    await visits.start(moved.id, by=cast.doctor, now=at(18))
    for change in (
        appointments.cancel(moved.id, by=cast.receptionist, now=at(18)),
        appointments.reschedule(moved.id, cast.wish(at(18, 30)), by=cast.receptionist, now=at(18)),
    ):
        with pytest.raises(Stale):
            await change


async def test_one_who_is_here_asks_the_desk(cast: Cast) -> None:
    first = await booked(cast)
    await visits.check_in(first.id, by=cast.receptionist, now=at(10))
    with pytest.raises(TooLate):
        await appointments.cancel(first.id, by=cast.asha, now=at(10))
    with pytest.raises(TooLate):
        await appointments.reschedule(first.id, cast.wish(at(18)), by=cast.asha, now=at(10))
    assert (await appointments.cancel(first.id, by=cast.receptionist, now=at(10))).status == "cancelled"


async def test_one_who_is_here_stays_checked_in_when_he_is_moved_within_the_day(cast: Cast) -> None:
    first = await booked(cast)
    await visits.check_in(first.id, by=cast.receptionist, now=at(10))
    moved = await appointments.reschedule(first.id, cast.wish(at(18)), by=cast.receptionist, now=at(11))
    assert (moved.status, moved.checked_in_at, moved.token) == ("checked_in", at(10), 2)
    another_day = cast.wish(at(16) + timedelta(days=1))
    later = await appointments.reschedule(moved.id, another_day, by=cast.receptionist, now=at(11))
    assert (later.status, later.checked_in_at, later.token) == ("booked", None, 1)
    rows = await many("SELECT status, rescheduled_from FROM appointments ORDER BY created_at")
    assert [row.status for row in rows] == ["rescheduled", "rescheduled", "booked"]


async def test_a_reschedule_is_one_row_more_two_events_and_two_entries(cast: Cast) -> None:
    first = await booked(cast)
    to_other = cast.wish(at(10), doctor=cast.other_doctor_id)
    moved = await appointments.reschedule(first.id, to_other, by=cast.asha, now=NOW, version=first.version)
    assert (moved.doctor_id, moved.clinic_id, moved.rescheduled_from) == (
        cast.other_doctor_id,
        cast.other_clinic_id,
        first.id,
    )
    (gone,) = await events("AppointmentRescheduled")
    assert gone.data["version"] == 2
    assert len(await events("AppointmentBooked")) == len(await audited("AppointmentBooked")) == 2
    assert len(await audited("AppointmentRescheduled")) == 1


async def test_to_the_time_that_it_has_changes_nothing_and_costs_no_place_in_the_queue(cast: Cast) -> None:
    first = await booked(cast)
    again = await appointments.reschedule(first.id, cast.wish(at(16)), by=cast.asha, now=NOW)
    assert (again.id, again.token, again.version) == (first.id, 1, 1)
    assert (await one("SELECT last_token FROM doctor_days")).last_token == 1


async def test_a_failed_reschedule_leaves_the_old_one_as_it_was(cast: Cast) -> None:
    first = await booked(cast)
    await booked(cast, at(10), patient=cast.stranger_patient)
    with pytest.raises(SlotTaken):
        await appointments.reschedule(first.id, cast.wish(at(10)), by=cast.asha, now=NOW)
    with pytest.raises(NotOpen):
        await appointments.reschedule(first.id, cast.wish(at(14)), by=cast.asha, now=NOW)
    mothers = cast.wish(at(11), patient=cast.mother_patient)
    with pytest.raises(Invalid):
        await appointments.reschedule(first.id, mothers, by=cast.asha, now=NOW)
    with pytest.raises(Stale):
        await appointments.reschedule(first.id, cast.wish(at(11)), by=cast.asha, now=NOW, version=7)
    row = await one("SELECT status, version, token FROM appointments WHERE id = :id", id=first.id)
    assert tuple(row) == ("booked", 1, 1)
    assert (await one("SELECT max(last_token) AS n FROM doctor_days")).n == 2


async def test_over_by_half_is_no_clash_with_its_own_old_time(cast: Cast) -> None:
    """Half an hour later, with an hour's visit: the new time overlaps the old one, which goes."""
    await write("INSERT INTO visit_rules VALUES (:id, 'follow_up', 20, 10)", id=cast.doctor_id)
    wish = Wish(**vars(cast.wish(at(16))) | {"visit": "follow_up"})
    first = await appointments.book_at(wish, by=cast.receptionist, now=NOW)
    await write("UPDATE visit_rules SET minutes = 15, buffer_minutes = 0")
    near = Wish(**vars(wish) | {"starts_at": at(16, 15)})
    moved = await appointments.reschedule(first.id, near, by=cast.receptionist, now=NOW)
    assert (moved.starts_at, moved.ends_at) == (at(16, 15), at(16, 30))


async def test_a_doctor_who_left_takes_nobody_any_more(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    first = await booked(cast, at(16))
    await write("UPDATE doctors SET is_active = false WHERE id = :id", id=cast.doctor_id)
    with pytest.raises(NotOpen):
        await appointments.book(held.id, by=cast.asha, now=NOW)
    for door in (appointments.hold, appointments.book_at):
        with pytest.raises(NotFound):
            await door(cast.wish(at(11)), by=cast.asha, now=NOW)
    with pytest.raises(NotFound):
        await appointments.reschedule(first.id, cast.wish(at(11)), by=cast.asha, now=NOW)
    for door in (visits.walk_in, visits.emergency):
        with pytest.raises(NotFound):
            await door(cast.stranger_patient, cast.doctor_id, by=cast.receptionist, now=at(10))
    # What was booked can still be taken to another doctor, and be cancelled.
    there = cast.wish(at(16), doctor=cast.other_doctor_id)
    moved = await appointments.reschedule(first.id, there, by=cast.asha, now=NOW)
    assert (await appointments.cancel(moved.id, by=cast.asha, now=NOW)).status == "cancelled"


async def test_at_a_clinic_that_he_only_visits_its_own_desk_books(cast: Cast) -> None:
    await write(
        "INSERT INTO hour_overrides (doctor_id, clinic_id, day, opens, closes, modes) "
        "VALUES (:doctor, :clinic, :day, '10:00', '12:00', '{in_person}')",
        doctor=cast.doctor_id,
        clinic=cast.other_clinic_id,
        day=DAY,
    )
    with pytest.raises(NotAllowed):
        await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=NOW)
    there = await appointments.book_at(cast.wish(at(10)), by=cast.other_receptionist, now=NOW)
    assert there.clinic_id == cast.other_clinic_id
    assert (await appointments.cancel(there.id, by=cast.other_receptionist, now=NOW)).status == "cancelled"
