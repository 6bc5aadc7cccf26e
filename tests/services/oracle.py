"""A doctor's open times, minute by minute: slow, and written from the rules alone, to hold the quick ones against.

It never turns a wall time into an instant. It walks over all instants of some days, looks at each clinic's wall clock,
and keeps the minutes at which the clock has reached what opens a stretch and not yet what closes it.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.slots import Schedule

MINUTE = timedelta(minutes=1)


@lru_cache(maxsize=2048)
def minutes_of(label: date, opens: time, closes: time, zone: str) -> list[datetime]:
    """The minutes from the first at which that date's clock is at `opens` or past it, to the first at `closes`."""
    info = ZoneInfo(zone)
    last = datetime.combine(label + timedelta(days=1), time.min) if closes == time.min else None
    opening, closing = datetime.combine(label, opens), last or datetime.combine(label, closes)
    moment = datetime.combine(label, time.min, UTC) - timedelta(hours=16)
    found, is_open, is_over = [], False, False
    for _ in range(60 * 58):
        wall = moment.astimezone(info).replace(tzinfo=None)
        is_open, is_over = is_open or wall >= opening, is_over or wall >= closing
        if is_over:
            break
        if is_open:
            found.append(moment)
        moment += MINUTE
    return found


def open_times(book: Schedule, day: date, now: datetime, visit: str, mode: str) -> set[datetime]:
    """The instants of the doctor's date `day` at which such a visit may begin."""
    home = ZoneInfo(book.zone)
    today = now.astimezone(home).date()
    return {
        start
        for start, clinic, breaks in _starts(book, day, visit, mode)
        if start.astimezone(home).date() == day
        and today <= day <= today + book.horizon
        and start > now
        and start >= now + book.notice
        and _is_free(book, start, clinic, breaks, now, visit)
    }


def _starts(book: Schedule, day: date, visit: str, mode: str) -> Iterator[tuple[datetime, int, set[datetime]]]:
    length = book.length(visit)
    for label in (day + timedelta(days=n) for n in (-2, -1, 0, 1, 2)):
        own = [o.hours for o in book.overrides if o.day == label]
        rows = [h for h in own if h] if own else [h for h in book.hours if h.weekday == label.weekday()]
        for row in rows:
            if mode not in row.modes:
                continue
            minutes = minutes_of(label, row.opens, row.closes, row.zone)
            breaks = {
                minute
                for pause in book.pauses
                if pause.weekday == label.weekday()
                for minute in minutes_of(label, pause.starts, pause.ends, row.zone)
            }
            for index in range(0, len(minutes) - length.minutes + 1, length.minutes + length.buffer_minutes):
                yield minutes[index], row.clinic_id, breaks


def _is_free(book: Schedule, start: datetime, clinic: int, breaks: set[datetime], now: datetime, visit: str) -> bool:
    length = book.length(visit)
    with_patient = {start + MINUTE * n for n in range(length.minutes)}
    occupied = {start + MINUTE * n for n in range(length.minutes + length.buffer_minutes)}
    taken = {
        t.starts_at + MINUTE * n
        for t in book.taken
        if not (t.status == "held" and t.held_until <= now)
        for n in range(int((t.busy_until - t.starts_at) / MINUTE))
    }
    away = [s for s in (*book.leaves, *book.closures) if s.clinic_id in (None, clinic)]
    return (
        not occupied & taken
        and not with_patient & breaks
        and not any(s.starts_at <= minute < s.ends_at for s in away for minute in with_patient)
    )
