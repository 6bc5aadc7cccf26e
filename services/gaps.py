"""The first gap in a doctor's day, for one who comes without an appointment or comes back for his own."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.doctor import Mode
from models.visit import VisitType
from services.partitions import next_bound
from services.refusals import DayFull
from services.slots import Schedule, Slot, Span, Why
from services.walls import bounds


@dataclass(frozen=True)
class Room:
    """A stretch of time at a clinic in which gaps are looked for, and what is in the way there."""

    opens: datetime
    closes: datetime
    clinic_id: int
    away: tuple[Span, ...] = ()


def gap(book: Schedule, day: date, visit: VisitType, now: datetime, rooms: Sequence[Room]) -> Slot:
    """The first time from `now` on that holds the visit, in the first of the rooms that has one. Raises DayFull."""
    length = book.length(visit)
    minutes, buffer = timedelta(minutes=length.minutes), timedelta(minutes=length.buffer_minutes)
    taken = [(each.starts_at, each.busy_until) for each in book.taken if each.is_active(now)]
    bound = next_bound(bounds(day, book.zone)[0])
    for room in rooms:
        # Only the visit itself must not meet what keeps the doctor away; what he keeps free after it may.
        away = [(span.starts_at + buffer, span.ends_at) for span in room.away]
        try:
            starts_at = first_gap(
                [*taken, *away, (bound, bound)], max(room.opens, now), room.closes, minutes, buffer=buffer
            )
        except DayFull:
            continue
        return Slot(starts_at, starts_at + minutes, starts_at + minutes + buffer, Why.OPEN, (), room.clinic_id)
    raise DayFull


def first_gap(
    taken: Sequence[tuple[datetime, datetime]],
    since: datetime,
    until: datetime,
    length: timedelta,
    *,
    buffer: timedelta = timedelta(),
) -> datetime:
    """The first full minute from `since` on after which nothing is taken for `length` and `buffer`.

    The length itself ends before `until`. Raises DayFull.
    """
    start = since.replace(second=0, microsecond=0)
    start += timedelta(minutes=1) if start < since else timedelta()
    for starts_at, ends_at in sorted(taken):
        if starts_at < start + length + buffer and ends_at > start:
            start = ends_at
    if start + length > until:
        raise DayFull
    return start


def todays_rooms(book: Schedule, day: date, clinics: Collection[int]) -> Iterator[Room]:
    """The doctor's hours of the day at those clinics in which he sees people there."""
    start_of_day, end_of_day = bounds(day, book.zone)
    for stretch in book.stretches(day):
        hours = stretch.hours
        if hours.clinic_id in clinics and Mode.IN_PERSON in hours.modes:
            away = [span for span in (*book.leaves, *book.closures) if span.is_at(hours.clinic_id)]
            opens, closes = max(stretch.opens, start_of_day), min(stretch.closes, end_of_day)
            yield Room(opens, closes, hours.clinic_id, (*away, *stretch.pauses))


def clinics_of(book: Schedule) -> set[int]:
    """Wherever the doctor ever sits."""
    own = {override.hours.clinic_id for override in book.overrides if override.hours}
    return {book.clinic_id, *(hours.clinic_id for hours in book.hours), *own}


def clinic_topics(books: Iterable[Schedule]) -> set[str]:
    """What moves whatever shows a whole clinic, of each where one of the doctors ever sits."""
    return {f"clinic:{clinic_id}" for book in books for clinic_id in clinics_of(book)}
