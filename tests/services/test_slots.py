"""Hours to slots: leave, notice, horizon, modes, and the wall clock of any zone on any day of the year."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import db
from models.appointment import Status
from models.visit import Length, VisitType
from services import slot_views
from services.appointments import hold
from services.hours import Hours, Override, Pause, Span
from services.schedules import schedule
from services.slots import Schedule, SlotStatus, Taken, Why
from services.walls import bounds
from tests.people import DAY, NOW, Cast, at
from tests.rows import write

BOTH = ("in_person", "video")
MONDAY = date(2026, 6, 1)
EVERY_DAY = tuple(range(7))
SPRING = {"Europe/London": date(2026, 3, 29), "America/New_York": date(2026, 3, 8)}
AUTUMN = {"Europe/London": date(2026, 10, 25), "America/New_York": date(2026, 11, 1)}


def hours_of(weekday: int, opens: str, closes: str, modes=BOTH, clinic: int = 1, zone: str = "Asia/Kolkata") -> Hours:
    return Hours(weekday, time.fromisoformat(opens), time.fromisoformat(closes), modes, clinic, zone)


def book(*stretches: tuple[str, str], zone: str = "Asia/Kolkata", minutes: int = 30, buffer: int = 0, **changes):
    """A doctor who sits so on every weekday, thirty minutes a slot, without notice, two months ahead."""
    hours = [hours_of(weekday, opens, closes, zone=zone) for weekday in EVERY_DAY for opens, closes in stretches]
    made = Schedule(
        doctor_id=1,
        clinic_id=1,
        zone=zone,
        version=1,
        lengths={VisitType.FIRST_VISIT: Length(minutes, buffer)},
        notice=timedelta(0),
        horizon=timedelta(days=60),
        fee=50000,
        hours=hours,
    )
    return replace(made, **changes)


def wall(schedule: Schedule, day: date, *, now: datetime | None = None, status: SlotStatus | None = None) -> list[str]:
    """The day's slots, or those of one status, as the clinic's wall clock shows them; by default seen a day before."""
    seen_at = now or bounds(day, schedule.zone)[0] - timedelta(hours=12)
    return [
        f"{slot.starts_at.astimezone(ZoneInfo(schedule.zone)):%H:%M}"
        for slot in schedule.slots(day, seen_at)
        if status in (None, slot.status)
    ]


def took(since, until, status=Status.BOOKED, *, buffer: int = 0, held_until: datetime | None = None) -> Taken:
    """A time of the Monday that is taken, by the wall clock of India."""
    ends_at = at(*until, MONDAY)
    return Taken(at(*since, MONDAY), ends_at, ends_at + timedelta(minutes=buffer), status, held_until)


def test_hours_become_slots_at_the_clinics_wall_clock() -> None:
    slots = book(("09:00", "10:30"), ("15:00", "16:00")).slots(MONDAY, bounds(MONDAY, "Asia/Kolkata")[0])
    assert [slot.starts_at for slot in slots] == [
        datetime(2026, 6, 1, hour, minute, tzinfo=UTC) for hour, minute in ((3, 30), (4, 0), (4, 30), (9, 30), (10, 0))
    ]
    assert {slot.ends_at - slot.starts_at for slot in slots} == {timedelta(minutes=30)}
    assert {slot.status for slot in slots} == {SlotStatus.OPEN}


def test_a_slot_that_would_outlast_the_hours_is_not_offered() -> None:
    assert wall(book(("09:00", "10:15")), MONDAY) == ["09:00", "09:30"]
    assert wall(book(("09:00", "09:29")), MONDAY) == []


def test_stretches_come_in_order_of_time_however_they_were_entered() -> None:
    assert wall(book(("15:00", "15:30"), ("09:00", "09:30")), MONDAY) == ["09:00", "15:00"]


def test_only_the_hours_of_that_weekday_count() -> None:
    tuesdays = book(hours=[hours_of(1, "09:00", "10:00")])
    assert wall(tuesdays, MONDAY) == []
    assert wall(tuesdays, MONDAY + timedelta(days=1)) == ["09:00", "09:30"]


def test_hours_up_to_the_last_minute_of_the_day_stay_on_that_day() -> None:
    late = book(("23:00", "23:59"))
    assert wall(late, MONDAY) == ["23:00"]
    assert wall(book(("00:00", "00:30")), MONDAY) == ["00:00"]


def test_what_has_begun_is_not_shown() -> None:
    now = at(9, 30, MONDAY)
    assert wall(book(("09:00", "10:30")), MONDAY, now=now) == ["10:00"]


def test_a_time_within_the_notice_is_blocked_and_one_exactly_at_it_is_open() -> None:
    careful = book(("09:00", "11:00"), notice=timedelta(minutes=60))
    now = at(8, 30, MONDAY)
    assert wall(careful, MONDAY, now=now, status=SlotStatus.BLOCKED) == ["09:00"]
    assert wall(careful, MONDAY, now=now, status=SlotStatus.OPEN) == ["09:30", "10:00", "10:30"]


def test_the_last_day_of_the_horizon_can_be_booked_and_the_next_is_empty() -> None:
    now, near = at(8, 0, MONDAY), book(("09:00", "10:00"), horizon=timedelta(days=3))
    assert wall(near, MONDAY + timedelta(days=3), now=now) == ["09:00", "09:30"]
    assert wall(near, MONDAY + timedelta(days=4), now=now) == []
    assert wall(near, MONDAY - timedelta(days=1), now=now) == []


def test_the_horizon_is_counted_from_the_clinics_today_and_not_from_that_of_utc() -> None:
    just_past_midnight = bounds(MONDAY, "Asia/Kolkata")[0]
    assert just_past_midnight.date() == MONDAY - timedelta(days=1)
    near = book(("09:00", "10:00"), horizon=timedelta(days=1))
    assert wall(near, MONDAY + timedelta(days=1), now=just_past_midnight) == ["09:00", "09:30"]
    assert wall(near, MONDAY - timedelta(days=1), now=just_past_midnight) == []


def test_a_leave_blocks_every_slot_that_it_touches_and_no_other() -> None:
    away = book(("09:00", "12:00"), leaves=[Span(at(9, 45, MONDAY), at(10, 30, MONDAY))])
    assert wall(away, MONDAY, status=SlotStatus.BLOCKED) == ["09:30", "10:00"]
    assert wall(away, MONDAY, status=SlotStatus.OPEN) == ["09:00", "10:30", "11:00", "11:30"]


def test_a_leave_of_days_blocks_all_of_them_and_ends_when_it_ends() -> None:
    away = book(("09:00", "10:00"), leaves=[Span(at(12, 0, MONDAY), at(9, 30, MONDAY + timedelta(days=2)))])
    assert wall(away, MONDAY, status=SlotStatus.OPEN) == ["09:00", "09:30"]
    assert wall(away, MONDAY + timedelta(days=1), status=SlotStatus.OPEN) == []
    assert wall(away, MONDAY + timedelta(days=2), status=SlotStatus.OPEN) == ["09:30"]


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (Status.HELD, SlotStatus.HELD),
        (Status.BOOKED, SlotStatus.BOOKED),
        (Status.CHECKED_IN, SlotStatus.BOOKED),
        (Status.IN_CONSULTATION, SlotStatus.BOOKED),
    ],
)
def test_an_appointment_takes_every_slot_that_it_overlaps(status: Status, shown: SlotStatus) -> None:
    taken = took((9, 15), (10, 0), status, held_until=at(8, 5, MONDAY))
    busy = book(("09:00", "11:00"), taken=[taken])
    now = at(8, 0, MONDAY)
    assert wall(busy, MONDAY, now=now, status=shown) == ["09:00", "09:30"]
    assert wall(busy, MONDAY, now=now, status=SlotStatus.OPEN) == ["10:00", "10:30"]


def test_a_hold_that_ran_out_takes_nothing() -> None:
    held = took((9, 0), (9, 30), Status.HELD, held_until=at(8, 5, MONDAY))
    kept = book(("09:00", "09:30"), taken=[held])
    assert wall(kept, MONDAY, now=at(8, 4, MONDAY), status=SlotStatus.HELD) == ["09:00"]
    assert wall(kept, MONDAY, now=at(8, 5, MONDAY), status=SlotStatus.OPEN) == ["09:00"]


def test_what_is_booked_inside_a_leave_is_shown_as_booked() -> None:
    both = book(
        ("09:00", "09:30"),
        leaves=[Span(*bounds(MONDAY, "Asia/Kolkata"))],
        taken=[took((9, 0), (9, 30))],
    )
    assert wall(both, MONDAY, status=SlotStatus.BOOKED) == ["09:00"]


def test_the_earliest_of_a_mode_passes_over_hours_that_do_not_serve_it() -> None:
    mixed = book(hours=[hours_of(0, "09:00", "10:00", ("in_person",)), hours_of(0, "18:00", "19:00", ("video",))])
    now = at(8, 0, MONDAY)
    first = next(mixed.open_slots(now, mode="video", within=timedelta(days=14)))
    assert first.starts_at == at(18, 0, MONDAY)
    assert next(mixed.open_slots(now, mode="in_person", within=timedelta(days=14))).starts_at == at(9, 0, MONDAY)


def test_open_slots_end_at_the_horizon_even_when_asked_for_more() -> None:
    near = book(("09:00", "09:30"), horizon=timedelta(days=2))
    found = near.open_slots(at(8, 0, MONDAY), mode="video", within=timedelta(days=365))
    assert [slot.starts_at for slot in found] == [at(9, 0, MONDAY + timedelta(days=n)) for n in range(3)]


@pytest.mark.parametrize("zone", SPRING)
def test_a_working_day_is_the_same_on_the_wall_clock_on_both_sides_of_a_change(zone: str) -> None:
    usual = book(("09:00", "11:00"), zone=zone)
    for change in (SPRING[zone], AUTUMN[zone]):
        for day in (change - timedelta(days=1), change, change + timedelta(days=1)):
            assert wall(usual, day) == ["09:00", "09:30", "10:00", "10:30"]
    (winter, *_), (summer, *_) = (usual.stretches(SPRING[zone] - timedelta(days=n)) for n in (1, 0))
    assert summer.opens - winter.opens == timedelta(hours=23)


def test_hours_across_the_leap_in_spring_lose_the_hour_that_is_not_there() -> None:
    assert wall(book(("01:00", "04:00"), zone="America/New_York"), SPRING["America/New_York"]) == [
        "01:00",
        "01:30",
        "03:00",
        "03:30",
    ]
    assert wall(book(("00:00", "03:00"), zone="Europe/London"), SPRING["Europe/London"]) == [
        "00:00",
        "00:30",
        "02:00",
        "02:30",
    ]


def test_hours_that_begin_or_end_in_the_leap_begin_or_end_with_it() -> None:
    leap = SPRING["America/New_York"]
    assert wall(book(("02:30", "04:00"), zone="America/New_York"), leap) == ["03:00", "03:30"]
    assert wall(book(("01:00", "02:30"), zone="America/New_York"), leap) == ["01:00", "01:30"]
    assert wall(book(("02:00", "02:30"), ("03:00", "04:00"), zone="America/New_York"), leap) == ["03:00", "03:30"]


def test_hours_across_the_hour_that_comes_twice_in_autumn_are_longer_by_it() -> None:
    assert wall(book(("00:30", "02:30"), zone="America/New_York"), AUTUMN["America/New_York"]) == [
        "00:30",
        "01:00",
        "01:30",
        "01:00",
        "01:30",
        "02:00",
    ]


@pytest.mark.parametrize(("zone", "hours"), [("Asia/Kolkata", (24, 24)), ("Europe/London", (23, 25))])
def test_a_day_lasts_from_midnight_to_midnight_of_its_zone(zone: str, hours: tuple[int, int]) -> None:
    for day, length in zip((SPRING["Europe/London"], AUTUMN["Europe/London"]), hours, strict=True):
        start, end = bounds(day, zone)
        assert end - start == timedelta(hours=length)
        assert end == bounds(day + timedelta(days=1), zone)[0]


def test_a_day_whose_midnight_is_leapt_over_begins_with_the_leap() -> None:
    assert bounds(date(2026, 9, 6), "America/Santiago")[0] == datetime(2026, 9, 6, 4, 0, tzinfo=UTC)


def test_what_a_visit_keeps_free_after_it_is_between_the_slots_and_not_beyond_the_hours() -> None:
    careful = book(("09:00", "10:30"), minutes=30, buffer=15)
    assert wall(careful, MONDAY) == ["09:00", "09:45"]
    (_, last) = careful.slots(MONDAY, at(8, 0, MONDAY))
    assert (last.ends_at, last.busy_until) == (at(10, 15, MONDAY), at(10, 30, MONDAY))
    assert wall(book(("09:00", "10:15"), minutes=30, buffer=15), MONDAY) == ["09:00", "09:45"]


def test_neither_its_own_buffer_nor_anothers_is_given_away() -> None:
    now = at(8, 0, MONDAY)
    # 10:00 to 10:30 is taken, and to 10:40 kept free; a slot keeps 10 minutes free itself.
    busy = book(("09:00", "12:00"), minutes=20, buffer=10, taken=[took((10, 0), (10, 30), buffer=10)])
    assert wall(busy, MONDAY, now=now, status=SlotStatus.BOOKED) == ["10:00"]
    assert wall(busy, MONDAY, now=now, status=SlotStatus.BLOCKED) == ["10:30"]
    before = book(("09:35", "12:00"), minutes=20, buffer=10, taken=[took((10, 0), (10, 30))])
    blocked = [slot for slot in before.slots(MONDAY, now) if slot.why == Why.BUFFER]
    assert [slot.starts_at for slot in blocked] == [at(9, 35, MONDAY)]


def test_a_dates_own_hours_replace_all_of_its_weekly_hours() -> None:
    usual = book(("09:00", "10:00"), ("15:00", "16:00"))
    changed = replace(usual, overrides=[Override(MONDAY, hours_of(0, "11:00", "12:00"))])
    assert wall(changed, MONDAY) == ["11:00", "11:30"]
    assert wall(changed, MONDAY + timedelta(days=7)) == ["09:00", "09:30", "15:00", "15:30"]
    twice = [Override(MONDAY, hours_of(0, "18:00", "18:30")), Override(MONDAY, hours_of(0, "08:00", "08:30"))]
    assert wall(replace(usual, overrides=twice), MONDAY) == ["08:00", "18:00"]
    assert wall(replace(usual, overrides=[Override(MONDAY, None)]), MONDAY) == []
    mixed = [Override(MONDAY, None), Override(MONDAY, hours_of(0, "08:00", "08:30"))]
    assert wall(replace(usual, overrides=mixed), MONDAY) == ["08:00"]


def test_a_break_blocks_what_it_touches_on_its_weekday_only() -> None:
    breaks = [Pause(0, time(9, 45), time(10, 15)), Pause(1, time(11), time(12))]
    paused = book(("09:00", "12:00"), pauses=breaks)
    assert wall(paused, MONDAY, status=SlotStatus.BLOCKED) == ["09:30", "10:00"]
    assert {s.why for s in paused.slots(MONDAY, at(8, 0, MONDAY))} == {Why.OPEN, Why.BREAK}
    assert wall(paused, MONDAY + timedelta(days=1), status=SlotStatus.BLOCKED) == ["11:00", "11:30"]


def test_a_break_that_the_clock_leaps_over_blocks_nothing() -> None:
    leap = SPRING["America/New_York"]
    paused = book(("01:00", "04:00"), zone="America/New_York", minutes=60, pauses=[Pause(6, time(2, 10), time(2, 50))])
    assert wall(paused, leap, status=SlotStatus.OPEN) == ["01:00", "03:00"]


def test_a_clinic_that_is_shut_blocks_its_own_hours_and_no_others() -> None:
    hours = [hours_of(0, "09:00", "10:00", clinic=1), hours_of(0, "11:00", "12:00", clinic=2)]
    shut = book(hours=hours, closures=[Span(*bounds(MONDAY, "Asia/Kolkata"), clinic_id=2)])
    found = {slot.starts_at: slot.why for slot in shut.slots(MONDAY, at(8, 0, MONDAY))}
    assert found == {
        at(9, 0, MONDAY): Why.OPEN,
        at(9, 30, MONDAY): Why.OPEN,
        at(11, 0, MONDAY): Why.CLOSED,
        at(11, 30, MONDAY): Why.CLOSED,
    }


def test_hours_up_to_midnight_end_with_the_day() -> None:
    late = book(("23:00", "00:00"))
    assert wall(late, MONDAY) == ["23:00", "23:30"]
    paused = replace(late, pauses=[Pause(0, time(23, 30), time(0, 0))])
    assert wall(paused, MONDAY, status=SlotStatus.OPEN) == ["23:00"]


def test_hours_of_a_clinic_in_another_zone_are_found_on_the_doctors_own_date() -> None:
    """Monday evening in New York is Tuesday morning in India, and that is where the book puts it."""
    abroad = book(hours=[hours_of(0, "18:00", "19:00", clinic=2, zone="America/New_York")])
    assert wall(abroad, MONDAY) == []
    assert wall(abroad, MONDAY + timedelta(days=1)) == ["03:30", "04:00"]
    across = book(hours=[hours_of(0, "14:00", "15:00", clinic=2, zone="America/New_York")])
    assert (wall(across, MONDAY), wall(across, MONDAY + timedelta(days=1))) == (["23:30"], ["00:00"])


def test_hours_that_name_one_time_twice_offer_it_once_for_the_modes_of_both() -> None:
    doubled = book(hours=[hours_of(0, "09:00", "10:00", ("in_person",)), hours_of(0, "09:00", "09:30", ("video",))])
    now = at(8, 0, MONDAY)
    assert [(s.starts_at, s.modes) for s in doubled.slots(MONDAY, now)] == [
        (at(9, 0, MONDAY), ("in_person", "video")),
        (at(9, 30, MONDAY), ("in_person",)),
    ]
    elsewhere = book(hours=[hours_of(0, "09:00", "09:30"), hours_of(0, "09:00", "09:30", clinic=2)])
    assert [s.clinic_id for s in elsewhere.slots(MONDAY, now)] == [1]


def test_each_kind_of_visit_has_its_own_grid() -> None:
    mixed = book(("09:00", "10:00"), lengths={VisitType.FOLLOW_UP: Length(20), VisitType.PANCHAKARMA: Length(90)})
    now = at(8, 0, MONDAY)
    starts = {visit: [s.starts_at for s in mixed.slots(MONDAY, now, visit)] for visit in VisitType}
    assert starts[VisitType.FIRST_VISIT] == [at(9, 0, MONDAY), at(9, 30, MONDAY)]
    assert starts[VisitType.FOLLOW_UP] == [at(9, minute, MONDAY) for minute in (0, 20, 40)]
    assert starts[VisitType.PANCHAKARMA] == []


def test_a_time_that_would_span_a_quarters_end_is_not_offered() -> None:
    """The book's partitions end at the home zone's midnight, which is in the middle of New York's day."""
    last_day = date(2026, 9, 30)
    abroad = book(("13:50", "15:30"), zone="America/New_York", minutes=30)
    assert wall(abroad, last_day, status=SlotStatus.BLOCKED) == ["14:20"]
    assert wall(abroad, last_day, status=SlotStatus.OPEN) == ["13:50", "14:50"]
    late = book(("23:00", "00:00"), minutes=30, buffer=10)
    assert wall(late, last_day - timedelta(days=1), status=SlotStatus.OPEN) == ["23:00"]
    assert wall(book(("23:15", "00:00"), minutes=45, buffer=10), last_day, status=SlotStatus.BLOCKED) == ["23:15"]


def test_a_view_holds_until_the_first_slot_becomes_too_near() -> None:
    careful = book(("09:00", "11:00"), notice=timedelta(minutes=20))
    now = at(8, 0, MONDAY)
    assert careful.valid_until(careful.slots(MONDAY, now), now) == at(8, 40, MONDAY)


def test_a_view_holds_until_a_blocked_slot_begins() -> None:
    careful = book(("09:00", "10:00"), notice=timedelta(hours=3))
    now = at(8, 0, MONDAY)
    assert careful.valid_until(careful.slots(MONDAY, now), now) == at(9, 0, MONDAY)


def test_a_view_holds_until_the_next_hold_runs_out() -> None:
    held = took((10, 0), (10, 30), Status.HELD, held_until=at(8, 5, MONDAY))
    over = took((9, 0), (9, 30), Status.HELD, held_until=at(7, 5, MONDAY))
    kept = book(("09:00", "11:00"), taken=[held, over])
    now = at(8, 0, MONDAY)
    assert kept.valid_until(kept.slots(MONDAY, now), now) == at(8, 5, MONDAY)


def test_a_view_without_slots_holds_until_the_clinics_midnight() -> None:
    closed, now = book(), at(8, 0, MONDAY)
    assert closed.valid_until([], now) == bounds(MONDAY, "Asia/Kolkata")[1]


async def test_the_schedule_in_the_database_is_read_with_leave_holds_and_version(cast: Cast) -> None:
    await write(
        "INSERT INTO leaves (doctor_id, starts_at, ends_at) VALUES (:doctor, :since, :until)",
        doctor=cast.doctor_id,
        since=at(15),
        until=at(17),
    )
    await hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    view = await slot_views.slots_view(cast.doctor_id, DAY, NOW)
    statuses = {slot.starts_at: slot.status for slot in view.slots}
    assert len(statuses) == 16
    assert [when for when, status in statuses.items() if status == SlotStatus.HELD] == [at(10)]
    blocked = [at(15), at(15, 30), at(16), at(16, 30)]
    assert [when for when, status in statuses.items() if status == SlotStatus.BLOCKED] == blocked
    assert (view.version, view.zone) == (1, "Asia/Kolkata")


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
async def test_what_is_taken_is_seen_at_every_hour_of_a_far_zones_day(cast: Cast, zone: str) -> None:
    await write("UPDATE clinics SET time_zone = :zone", zone=zone)
    await write("DELETE FROM weekly_hours WHERE opens = '15:00'")
    await write("DELETE FROM weekly_hours WHERE opens = '15:00'")
    await write("UPDATE weekly_hours SET opens = '00:00', closes = '23:59'")
    async with db.snapshot() as connection:
        grid = [slot.starts_at for slot in (await schedule(connection, cast.doctor_id, DAY, DAY)).slots(DAY, NOW)]
    for moment in (grid[0], grid[-1]):
        assert (await hold(cast.wish(moment), by=cast.asha, now=NOW)).day == DAY
        view = await slot_views.slots_view(cast.doctor_id, DAY, NOW)
        assert [s.starts_at for s in view.slots if s.status == SlotStatus.HELD] == [moment]


async def test_the_strip_counts_the_open_times_of_each_of_the_next_days(cast: Cast) -> None:
    await hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    view = await slot_views.strip_view(cast.doctor_id, NOW)
    assert list(view.open) == [DAY + timedelta(days=n) for n in range(-1, slot_views.STRIP_DAYS - 1)]
    assert view.open[DAY] == 15
    assert view.open[DAY + timedelta(days=1)] == 16
