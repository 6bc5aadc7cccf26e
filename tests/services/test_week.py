"""A doctor's week: what stands in it, that it is live, and who may see it."""

from datetime import timedelta

import pytest

from core.errors import Invalid, NotAllowed
from services import appointments, views, week
from services.absence import resolver
from services.absence.leaves import Away, Closed
from services.absence.new_hours import DayHours, Sitting
from state.week_rows import columns, wall
from tests.people import DAY, NOW, Cast, at
from tests.rows import audited, one, write

MONDAY = week.monday(DAY)


async def read(cast: Cast) -> week.WeekDay:
    """The tests' day of the week as it stands."""
    found = await week.week(cast.doctor_id, MONDAY, NOW)
    return found.days[DAY.weekday()]


async def test_a_day_of_the_week_has_its_hours_breaks_and_bookings(cast: Cast) -> None:
    await write(
        "INSERT INTO breaks (doctor_id, weekday, starts, ends) VALUES (:d, :w, '11:00', '11:15')",
        d=cast.doctor_id,
        w=DAY.weekday(),
    )
    await write("UPDATE doctors SET schedule_version = schedule_version + 1")
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    shown = await read(cast)
    assert [(span.starts_at, span.ends_at) for span in shown.hours] == [(at(9), at(13)), (at(15), at(19))]
    assert [(span.starts_at, span.ends_at) for span in shown.pauses] == [(at(11), at(11, 15))]
    (taking,) = shown.takings
    assert (taking.starts_at, taking.status, taking.patient) == (booked.starts_at, "booked", "Asha Kulkarni")


async def test_a_hold_that_runs_out_is_a_moment_at_which_the_week_changes(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    found = await week.week(cast.doctor_id, MONDAY, NOW)
    assert found.valid_until == held.held_until
    later = await week.week(cast.doctor_id, MONDAY, NOW + timedelta(minutes=6))
    assert not any(each.takings for each in later.days)


async def test_a_cancelled_appointment_leaves_the_wall(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    before = await week.week(cast.doctor_id, MONDAY, NOW)
    await appointments.cancel(booked.id, by=cast.asha, now=NOW)
    after = await week.week(cast.doctor_id, MONDAY, NOW)
    assert after.version > before.version
    assert not (await read(cast)).takings


async def test_leave_and_a_closure_by_its_name_are_cut_to_the_day(cast: Cast) -> None:
    leave = Away(doctor_ids=(cast.doctor_id,), starts_at=at(18), ends_at=at(10) + timedelta(days=1))
    await resolver.commit(leave, by=cast.doctor, now=NOW)
    holi = Closed(clinic_id=cast.clinic_id, starts_at=at(9), ends_at=at(12), name="Holi")
    await resolver.commit(holi, by=cast.receptionist, now=NOW)
    shown = await read(cast)
    midnight = at(0) + timedelta(days=1)
    assert [(off.starts_at, off.ends_at, off.name) for off in shown.away] == [
        (at(18), midnight, None),
        (at(9), at(12), "Holi"),
    ]


async def test_a_date_of_its_own_stands_instead_of_the_weekday_in_the_past_too(cast: Cast) -> None:
    past = DAY - timedelta(days=60)
    await write(
        "INSERT INTO hour_overrides (doctor_id, clinic_id, day, opens, closes, modes)"
        " VALUES (:d, :c, :day, '7:00', '24:00', '{video}')",
        d=cast.doctor_id,
        c=cast.clinic_id,
        day=past,
    )
    found = await week.week(cast.doctor_id, week.monday(past), NOW)
    (span,) = found.days[past.weekday()].hours
    assert (span.starts_at, span.ends_at) == (at(7, day=past), at(0, day=past + timedelta(days=1)))


async def test_every_change_of_the_calendar_makes_a_newer_version(cast: Cast) -> None:
    seen = [(await week.week(cast.doctor_id, MONDAY, NOW)).version]
    sitting = Sitting(opens=at(10).time(), closes=at(11).time(), modes=("video",), clinic_id=cast.clinic_id)
    await resolver.commit(DayHours(doctor_id=cast.doctor_id, day=DAY, sittings=(sitting,)), by=cast.doctor, now=NOW)
    seen.append((await week.week(cast.doctor_id, MONDAY, NOW)).version)
    # Behind the services' back; only the trigger tells.
    await write("DELETE FROM weekly_hours WHERE doctor_id = :d", d=cast.doctor_id)
    seen.append((await week.week(cast.doctor_id, MONDAY, NOW)).version)
    assert seen == sorted(set(seen))
    room = f"week:{cast.doctor_id}:{MONDAY}"
    assert views.topic(room) == f"doctor:{cast.doctor_id}"
    assert (await views.parse(room)[0].read([str(cast.doctor_id), str(MONDAY)], NOW)).version == seen[-1]


async def test_only_those_who_may_see_the_day_open_the_week_and_that_is_recorded(cast: Cast) -> None:
    await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    for by in (cast.asha, cast.other_doctor, cast.other_receptionist):
        with pytest.raises(NotAllowed):
            await week.open_week(cast.doctor_id, DAY, by=by, now=NOW)
    assert not await audited("WeekRead")
    for by in (cast.doctor, cast.receptionist, cast.admin):
        await week.open_week(cast.doctor_id, DAY, by=by, now=NOW)
    entry = (await audited("WeekRead"))[0]
    assert (entry.object_id, entry.details) == (f"{cast.doctor_id}:{MONDAY}", {"patients": [cast.asha_patient]})
    assert (await one("SELECT count(*) AS n FROM audit_log WHERE action = 'WeekRead'")).n == 3


async def test_a_week_beyond_all_reason_is_refused(cast: Cast) -> None:
    with pytest.raises(Invalid):
        await week.open_week(cast.doctor_id, MONDAY.replace(year=9998, month=12, day=27), by=cast.doctor, now=NOW)


async def test_the_wall_spans_the_hours_and_those_who_meet_stand_side_by_side(cast: Cast) -> None:
    first = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    await write("UPDATE appointments SET status = 'no_show' WHERE id = :id", id=first.id)
    await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    found = await week.week(cast.doctor_id, MONDAY, NOW)
    shown = wall(found, "en")
    assert shown.shortest == 15
    assert (shown.first, shown.last, shown.hours[0].label) == (9 * 60, 19 * 60, "9 am")
    column = columns(found, "en", NOW)[DAY.weekday()]
    assert [(b.kind, b.top, b.height, b.left, b.width) for b in column.blocks] == [
        ("no_show", "10.00%", "5.00%", "0.00%", "50.00%"),
        ("booked", "10.00%", "5.00%", "50.00%", "50.00%"),
    ]
    assert [block.kind for block in column.grounds] == ["hours", "hours"]
