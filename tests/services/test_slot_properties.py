"""Hours to slots, on any day in any zone: the quick computation against a slow one, and what must always hold."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.appointment import Status
from models.visit import Length, VisitType
from services.hours import Hours, Override, Pause, Span
from services.partitions import next_bound
from services.slots import Schedule, Taken, Why
from services.walls import bounds
from tests.services.oracle import minutes_of, open_times

ZONES = ("Asia/Kolkata", "Europe/London", "America/New_York", "Australia/Lord_Howe")
CHANGES = tuple(date(2026, month, day) for month, day in ((3, 8), (3, 29), (4, 5), (10, 4), (10, 25), (11, 1)))

times = st.integers(0, 24 * 12 - 1).map(lambda n: time(n // 12, n % 12 * 5))
near_changes = st.builds(lambda day, n: day + timedelta(days=n), st.sampled_from(CHANGES), st.integers(-1, 1))
days = st.one_of(near_changes, st.dates(date(2026, 1, 5), date(2026, 12, 20)))
modes = st.sampled_from([("in_person",), ("video",), ("in_person", "video")])
lengths = st.builds(Length, st.integers(1, 18).map(lambda n: n * 5), st.sampled_from([0, 0, 5, 10, 30]))


@st.composite
def stretches(draw, zones):
    """Up to three stretches of a date, apart, each at a clinic in one of the zones; the last may end the date."""
    edges = sorted(draw(st.lists(times, min_size=2, max_size=6, unique=True)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    if draw(st.booleans()):
        pairs[-1] = (pairs[-1][0], time.min)
    found = []
    for opens, closes in pairs:
        clinic = draw(st.integers(1, len(zones)))
        found.append((opens, closes, draw(modes), clinic, zones[clinic - 1]))
    return found


@st.composite
def books(draw, *, zones=None):
    """A schedule around a day: weekly hours, overrides, breaks, leaves, closures, appointments and a moment."""
    day = draw(days)
    zones = zones or draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=2))
    labels = [day + timedelta(days=n) for n in (-1, 0, 1)]
    hours = [Hours(label.weekday(), *row) for label in labels for row in draw(stretches(zones))]
    overrides = []
    for label in labels:
        if draw(st.integers(0, 3)) == 0:
            rows = draw(st.one_of(st.just([]), stretches(zones)))
            overrides += [Override(label, Hours(label.weekday(), *row)) for row in rows] or [Override(label, None)]
    pauses = []
    for _ in range(draw(st.integers(0, 2))):
        starts, ends = sorted(draw(st.lists(times, min_size=2, max_size=2, unique=True)))
        pauses.append(Pause(day.weekday(), starts, draw(st.sampled_from([ends, time.min]))))
    midnight = bounds(day, zones[0])[0]
    offsets = st.integers(-24 * 12, 48 * 12).map(lambda n: midnight + timedelta(minutes=5 * n))
    spans = st.builds(
        lambda start, n, clinic: Span(start, start + timedelta(minutes=5 * n), clinic),
        offsets,
        st.integers(1, 100),
        st.sampled_from([None, 1, 2]),
    )
    away = draw(st.lists(spans, max_size=3))
    now = midnight + timedelta(minutes=5 * draw(st.integers(-36 * 12, 20 * 12)))
    taken = st.builds(
        lambda start, n, buffer, status, until: Taken(
            start,
            start + timedelta(minutes=5 * n),
            start + timedelta(minutes=5 * (n + buffer)),
            status,
            now + timedelta(minutes=until),
        ),
        offsets,
        st.integers(1, 12),
        st.integers(0, 3),
        st.sampled_from([Status.HELD, Status.BOOKED, Status.CHECKED_IN, Status.IN_CONSULTATION]),
        st.integers(-2, 2),
    )
    book = Schedule(
        doctor_id=1,
        clinic_id=1,
        zone=zones[0],
        version=1,
        notice=timedelta(minutes=draw(st.sampled_from([0, 30, 600]))),
        horizon=timedelta(days=draw(st.sampled_from([1, 2, 60]))),
        fee=1,
        hours=hours,
        overrides=overrides,
        pauses=pauses,
        leaves=[span for span in away if span.clinic_id is None],
        closures=[span for span in away if span.clinic_id is not None],
        lengths={VisitType.FIRST_VISIT: draw(lengths)},
        taken=draw(st.lists(taken, max_size=4)),
    )
    return book, day, now


@given(books(), st.sampled_from(["in_person", "video"]))
@settings(max_examples=150, deadline=None)
def test_what_is_open_is_what_a_look_at_every_minute_finds(given_book, mode) -> None:
    book, day, now = given_book
    visit = VisitType.FIRST_VISIT
    length = book.length(visit)
    whole = timedelta(minutes=length.minutes + length.buffer_minutes)
    slots = book.slots(day, now, visit)
    quick = {slot.starts_at for slot in slots if slot.why == Why.OPEN and mode in slot.modes}
    slow = {start for start in open_times(book, day, now, visit, mode) if start + whole <= next_bound(start)}
    # Two clinics that have one start: it is offered at the first of them.
    several = len({clinic for *_, clinic, _zone in ((h.clinic_id, h.zone) for h in book.hours)}) > 1
    assert quick <= slow
    if not several or len({h.zone for h in book.hours} | {o.hours.zone for o in book.overrides if o.hours}) == 1:
        assert quick == slow


@given(books())
@settings(max_examples=200, deadline=None)
def test_open_is_a_part_of_the_grid_without_doubles_and_in_order(given_book) -> None:
    book, day, now = given_book
    everything = book.slots(day, now)
    grid = book.with_taken((), {}).slots(day, now)
    starts = [slot.starts_at for slot in everything]
    assert starts == sorted(set(starts))
    assert starts == [slot.starts_at for slot in grid]
    for slot in everything:
        assert slot.starts_at > now
        assert slot.starts_at.astimezone(ZoneInfo(book.zone)).date() == day
        assert (slot.why == Why.OPEN) <= (next(s for s in grid if s.starts_at == slot.starts_at).why == Why.OPEN)


@given(books())
@settings(max_examples=200, deadline=None)
def test_no_buffer_is_ever_given_away(given_book) -> None:
    book, day, now = given_book
    for slot in book.slots(day, now):
        if slot.why == Why.OPEN:
            for other in book.taken:
                if other.is_active(now):
                    assert slot.busy_until <= other.starts_at or other.busy_until <= slot.starts_at


@given(books())
@settings(max_examples=100, deadline=None)
def test_the_days_of_a_doctor_share_no_slot_and_lose_none(given_book) -> None:
    """Seen from a day before, three dates of his hold each start of every stretch once."""
    book, day, _ = given_book
    now = bounds(day - timedelta(days=2), book.zone)[0]
    dates = [day + timedelta(days=n) for n in (-1, 0, 1)]
    found = [slot.starts_at for each in dates for slot in book.slots(each, now)]
    assume(book.horizon >= timedelta(days=3))
    assert len(found) == len(set(found))
    length = book.length(VisitType.FIRST_VISIT)
    step = timedelta(minutes=length.minutes + length.buffer_minutes)
    since, until = bounds(dates[0], book.zone)[0], bounds(dates[-1], book.zone)[1]
    for stretch in {s.opens: s for each in dates for s in book.stretches(each)}.values():
        start = stretch.opens
        while start + timedelta(minutes=length.minutes) <= stretch.closes:
            assert (start in found) == (since <= start < until)
            start += step


@given(st.sampled_from(ZONES), days, times, times)
@settings(max_examples=150, deadline=None)
def test_a_stretch_opens_and_closes_when_its_wall_clock_first_gets_there(zone, day, one, other) -> None:
    opens, closes = sorted((one, other))
    assume(opens < closes)
    book = Schedule(
        doctor_id=1,
        clinic_id=1,
        zone=zone,
        version=1,
        notice=timedelta(0),
        horizon=timedelta(days=60),
        fee=1,
        hours=[Hours(day.weekday(), opens, closes, ("video",), 1, zone)],
        lengths={VisitType.FIRST_VISIT: Length(5)},
    )
    slots = book.slots(day, bounds(day, zone)[0] - timedelta(hours=1))
    minutes = minutes_of(day, opens, closes, zone)
    assert [slot.starts_at for slot in slots] == minutes[: len(minutes) // 5 * 5 : 5]
    if slots and slots[0].starts_at.astimezone(ZoneInfo(zone)).time() != opens:
        # Only where the clock leaps over it is the first slot not at the time that opens the stretch.
        assert datetime.combine(day, opens, ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).time() != opens
