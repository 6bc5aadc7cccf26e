"""What the week shows of itself: columns of blocks, placed in hundredths of the wall of hours that all seven share."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from services.week import Taking, Week, WeekDay
from state.rows import LOCALES, clock_time

MIDNIGHT = 24 * 60
"""A day in minutes of its wall clock, whatever the clock was put to on it."""

USUAL = (9 * 60, 17 * 60)
"""The wall of a week in which nothing is."""

LEGIBLE, SHORTEST = 15, 5
"""Minutes from which on a visit's line has room on the wall as it is, and those for which the wall still grows."""


@dataclass(frozen=True)
class Line:
    """An hour of the wall."""

    label: str
    top: str


@dataclass(frozen=True)
class Wall:
    """From which minute of the day to which; `hours` are the lines across it, with their places.

    `shortest` is how many minutes the shortest visit takes, which must be legible too.
    """

    first: int = USUAL[0]
    last: int = USUAL[1]
    hours: list[Line] = field(default_factory=list)
    shortest: int = LEGIBLE


@dataclass(frozen=True)
class Block:
    """A stretch of a day. `kind` is a status, or `hours`, `pause`, `leave`, `closed`; lengths are CSS percentages."""

    key: str
    kind: str
    time: str
    label: str
    top: str
    height: str
    left: str = "0%"
    width: str = "100%"
    is_short: bool = False


@dataclass(frozen=True)
class Column:
    """A day; `minute` is its wall clock as it was read, for today only: else -1."""

    key: str
    weekday: str
    date: str
    full: str
    is_today: bool
    is_past: bool
    minute: int
    taken: int
    is_off: bool
    grounds: list[Block]
    blocks: list[Block]


def wall(view: Week, language: str) -> Wall:
    """The hours that the week's days need together, whole ones."""
    first, last = _span(view)
    lengths = [int((e.ends_at - e.starts_at).total_seconds() // 60) for each in view.days for e in each.takings]
    return Wall(first, last, hour_lines((first, last), language), max(SHORTEST, min([*lengths, LEGIBLE])))


def hour_lines(span: tuple[int, int], language: str) -> list[Line]:
    """A line at each full hour."""
    return [_line(minute, *span, language) for minute in range(*span, 60)]


def columns(view: Week, language: str, now: datetime) -> list[Column]:
    """The seven days."""
    first, last = _span(view)
    return [_column(each, view.zone, (first, last), language, now) for each in view.days]


def _span(view: Week) -> tuple[int, int]:
    met = [
        minute
        for each in view.days
        for part in (*each.hours, *each.takings)
        for minute in _minutes(each, part.starts_at, part.ends_at, view.zone)
    ]
    return whole_hours(met)


def whole_hours(minutes: list[int]) -> tuple[int, int]:
    """The full hours that hold all of the minutes of a day; the usual ones where there are none."""
    first, last = (min(minutes), max(minutes)) if minutes else USUAL
    return first // 60 * 60, -(-last // 60) * 60


def _minutes(day: WeekDay, starts_at: datetime, ends_at: datetime, zone: str) -> tuple[int, int]:
    """The wall clock's minutes of the day; what ends with the day, or after it, ends at its last."""
    start, end = (moment.astimezone(ZoneInfo(zone)) for moment in (starts_at, ends_at))
    begins = start.hour * 60 + start.minute
    ends = MIDNIGHT if end.date() > day.day else end.hour * 60 + end.minute
    return begins, max(ends, begins + 1)


def _column(day: WeekDay, zone: str, span: tuple[int, int], language: str, now: datetime) -> Column:
    local, locale = now.astimezone(ZoneInfo(zone)), LOCALES[language]

    def block(kind: str, starts_at: datetime, ends_at: datetime, label: str = "", **more: str) -> Block:
        begins, ends = _minutes(day, starts_at, ends_at, zone)
        begins, ends = max(begins, span[0]), min(max(ends, span[0]), span[1])
        return Block(
            key=f"{kind}{starts_at.isoformat()}{more.get('left', '')}",
            kind=kind,
            time=clock_time(starts_at, zone),
            label=label,
            top=percent(begins - span[0], span),
            height=percent(ends - begins, span),
            is_short=ends - begins < 25,
            **more,
        )

    is_today = local.date() == day.day
    grounds = [block("hours", each.starts_at, each.ends_at) for each in day.hours]
    grounds += [block("pause", each.starts_at, each.ends_at) for each in day.pauses]
    grounds += [
        block("closed" if each.name else "leave", each.starts_at, each.ends_at, each.name or "") for each in day.away
    ]
    return Column(
        key=day.day.isoformat(),
        weekday=format_date(day.day, "EEE", locale=locale),
        date=format_date(day.day, "d MMM", locale=locale),
        full=format_date(day.day, "EEEE, d MMMM", locale=locale),
        is_today=is_today,
        is_past=day.day < local.date(),
        minute=local.hour * 60 + local.minute if is_today else -1,
        taken=len(day.takings),
        is_off=not day.hours,
        grounds=[each for each in grounds if each.height != "0.00%"],
        blocks=[
            block(each.status, each.starts_at, each.ends_at, each.patient, left=left, width=width)
            for each, left, width in _side_by_side(day.takings)
        ],
    )


def _side_by_side(takings: Iterable[Taking]) -> list[tuple[Taking, str, str]]:
    """Each with its place across the column: those that meet share it."""
    found: list[tuple[Taking, str, str]] = []
    bunch: list[Taking] = []
    ends_at: datetime | None = None
    for each in takings:
        if ends_at is not None and each.starts_at >= ends_at:
            found += _shared(bunch)
            bunch, ends_at = [], None
        bunch.append(each)
        ends_at = max(ends_at or each.ends_at, each.ends_at, each.starts_at + timedelta.resolution)
    return found + _shared(bunch)


def _shared(bunch: list[Taking]) -> list[tuple[Taking, str, str]]:
    lanes: list[datetime] = []
    placed: list[tuple[Taking, int]] = []
    for each in bunch:
        lane = next((number for number, free in enumerate(lanes) if free <= each.starts_at), len(lanes))
        lanes[lane : lane + 1] = [each.ends_at]
        placed.append((each, lane))
    width = 100 / max(len(lanes), 1)
    return [(each, f"{lane * width:.2f}%", f"{width:.2f}%") for each, lane in placed]


@lru_cache(maxsize=512)
def _line(minute: int, first: int, last: int, language: str) -> Line:
    when = datetime(2000, 1, 1) + timedelta(minutes=minute)  # noqa: DTZ001  (a wall clock of no date)
    label: str = format_time(when.time(), "h a", locale=LOCALES[language])
    return Line(label.replace("\u202f", " "), percent(minute - first, (first, last)))


def percent(minutes: int, span: tuple[int, int]) -> str:
    """A length of time on the wall, as CSS has it."""
    return f"{100 * minutes / (span[1] - span[0]):.2f}%"
