"""What the dashboard shows: who is inside, next, waiting, to come, done; and the day as a strip of time."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from core.words import N_, words
from models.appointment import Status
from services.dashboard import Dashboard
from services.days import Booking
from services.desk_payments import PAYABLE
from services.dues import Due
from services.queue_rule import is_walk_in, sentence
from state.lasting import lasting
from state.rows import day_time, money
from state.turns import stretch
from state.week_rows import Line, hour_lines, percent, whole_hours

ENDS = N_("done {when}")
LATE = N_("Running {time} late")
LEFT = N_("{count} left")


@dataclass(frozen=True)
class BookingRow:
    """One patient of the day. `version` goes back with whatever is done to him; `may_miss`: his time has begun.

    `since_at` is when he went in or, of one who waits, when he came, in seconds of the epoch. `due` is what is left to
    pay in minor units, `owes` and `paid` what is left and what was paid, in words.
    """

    id: str
    key: str
    version: int
    time: str
    until: str
    status: str
    token: str
    patient: str
    patient_id: str
    age: str
    mode: str
    source: str
    place: str
    since: str
    since_at: int
    is_emergency: bool
    is_late: bool
    is_skipped: bool
    is_walk_in: bool
    may_miss: bool
    due: int
    owes: str
    paid: str


@dataclass(frozen=True)
class StripBlock:
    """An appointment on the strip; lengths are CSS percentages."""

    id: str
    kind: str
    label: str
    left: str
    width: str


@dataclass(frozen=True)
class PresentMoment:
    """The minute of the day when it was read, between the strip's first and last."""

    key: str
    minute: int
    first: int
    last: int


class LiveDay(rx.State):
    """The doctor's day on the staff's dashboard. `read_at` is in seconds of the epoch, `expected` by appointment.

    The strip goes from the day's first hour to its last; `present` has one member today, none on any other day.
    """

    version: int = -1
    stamp: str = ""
    missed: bool = False
    read_at: int = 0
    is_today: bool = False
    inside: list[BookingRow] = []
    next: list[BookingRow] = []
    waiting: list[BookingRow] = []
    to_come: list[BookingRow] = []
    over: list[BookingRow] = []
    expected: dict[str, str] = {}
    booked: int = 0
    arrived: int = 0
    done: int = 0
    cancelled: int = 0
    delay: int = 0
    late: str = ""
    left: str = ""
    ends: str = ""
    back: str = ""
    rule: str = ""
    hours: list[Line] = []
    blocks: list[StripBlock] = []
    present: list[PresentMoment] = []


def day_fields(view: Dashboard, language: str, now: datetime) -> dict[str, Any]:
    """The fields of LiveDay."""
    board, gettext = view.board, words(language).gettext
    is_today, ends = view.queue is not None, view.queue.ends if view.queue else None
    shown = board.shown
    rows = [_row(each, view, language, now) for each in shown]
    by_booking = {id(each): row for each, row in zip(shown, rows, strict=True)}
    waiting = [by_booking[id(place.booking)] for place in board.line]
    statuses = [booking.status for booking in shown]
    minutes = int(board.delay.total_seconds() // 60)
    left = statuses.count(Status.BOOKED) + statuses.count(Status.CHECKED_IN) + statuses.count(Status.IN_CONSULTATION)
    return {
        "is_today": is_today,
        "inside": _of(rows, {Status.IN_CONSULTATION}),
        "next": waiting[:1],
        "waiting": waiting[1:],
        "to_come": _of(rows, {Status.BOOKED, Status.HELD}),
        "over": _of(rows, {Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED}),
        "expected": _expected(view, rows, language, now),
        "booked": statuses.count(Status.BOOKED),
        "arrived": statuses.count(Status.CHECKED_IN) + statuses.count(Status.IN_CONSULTATION),
        "done": statuses.count(Status.COMPLETED),
        "cancelled": statuses.count(Status.CANCELLED) + statuses.count(Status.NO_SHOW),
        "delay": minutes,
        "late": gettext(LATE).format(time=lasting(minutes, language)) if minutes and is_today else "",
        "left": gettext(LEFT).format(count=left) if is_today else "",
        "ends": gettext(ENDS).format(when=stretch(*ends.likely, board.zone, language, now))
        if left and ends is not None
        else "",
        "back": day_time(view.back_at, board.zone, language) if view.back_at else "",
        "rule": sentence(board.rule, language),
        "read_at": int(now.timestamp()),
        **_strip(view, language, now),
    }


def _of(rows: list[BookingRow], statuses: set[Status]) -> list[BookingRow]:
    return [row for row in rows if row.status in statuses]


def _expected(view: Dashboard, rows: list[BookingRow], language: str, now: datetime) -> dict[str, str]:
    """Apart from the rows: it is what changes of most of them when something happens to one."""
    turns = view.queue.turns if view.queue else ()
    likely = {str(turn.token): turn.expected.likely for turn in turns if turn.expected}
    return {row.id: stretch(*likely[row.token], view.board.zone, language, now) for row in rows if row.token in likely}


def _row(booking: Booking, view: Dashboard, language: str, now: datetime) -> BookingRow:
    board, zone = view.board, view.board.zone
    came = booking.checked_in_at or (now if booking.status == Status.BOOKED else booking.starts_at)
    return _drawn(
        booking,
        view.dues.get(booking.id),
        zone,
        language,
        came_late=came > booking.starts_at + board.rule.grace,
        may_miss=booking.starts_at <= now,
        today=now.date(),
    )


@lru_cache(maxsize=4096)
def _drawn(
    booking: Booking,
    due: Due | None,
    zone: str,
    language: str,
    *,
    came_late: bool,
    may_miss: bool,
    today: date,
) -> BookingRow:
    """Drawn once for as long as nothing of it changes: of a day most stays as it is from one push to the next."""
    since = {Status.CHECKED_IN: booking.checked_in_at, Status.IN_CONSULTATION: booking.started_at}.get(booking.status)
    walked_in = is_walk_in(booking)
    return BookingRow(
        id=str(booking.id),
        key=booking.starts_at.isoformat(),
        version=booking.version,
        time=day_time(booking.starts_at, zone, language),
        until=day_time(booking.ends_at, zone, language),
        status=booking.status,
        token=str(booking.token or ""),
        patient=booking.patient,
        patient_id=str(booking.patient_id),
        age=_age(booking.born_on, today),
        mode=booking.mode,
        source=booking.source,
        place=" · ".join(name for name in (booking.therapist, booking.room) if name),
        since=day_time(since, zone, language) if since else "",
        since_at=int(since.timestamp()) if since else 0,
        is_emergency=booking.is_emergency,
        is_late=came_late and not (walked_in or booking.is_emergency),
        is_skipped=booking.status == Status.CHECKED_IN and booking.skipped_at is not None,
        is_walk_in=walked_in,
        may_miss=may_miss,
        **payment(due, booking.status, language),
    )


def payment(due: Due | None, status: str, language: str) -> dict[str, Any]:
    """The fields of a row that say what is left to pay, of what can be paid, and what was."""
    if due is None:
        return {"due": 0, "owes": "", "paid": ""}
    left = due.left if status in PAYABLE else 0
    return {
        "due": left,
        "owes": money(left, due.currency, language) if left else "",
        "paid": money(due.paid, due.currency, language) if due.paid else "",
    }


def _strip(view: Dashboard, language: str, now: datetime) -> dict[str, Any]:
    board = view.board
    # Who was missed stands beneath whoever got his time.
    shown = sorted((e for e in board.shown if e.status != Status.CANCELLED), key=lambda e: e.status != Status.NO_SHOW)
    spans = [_minutes(each, board.day, board.zone) for each in shown]
    first, last = span = whole_hours([minute for each in spans for minute in each])
    present = _minute(now, board.day, board.zone)
    return {
        "hours": hour_lines(span, language),
        "blocks": [
            _block(each, *within, span, board.zone, language) for each, within in zip(shown, spans, strict=True)
        ],
        "present": [PresentMoment("now", present, first, last)] if view.queue else [],
    }


@lru_cache(maxsize=4096)
def _minutes(booking: Booking, day: date, zone: str) -> tuple[int, int]:
    return _minute(booking.starts_at, day, zone), _minute(booking.ends_at, day, zone)


def _minute(moment: datetime, day: date, zone: str) -> int:
    """Of the day's wall clock; what ends with the day, or after it, ends at its last."""
    local = moment.astimezone(ZoneInfo(zone))
    return 24 * 60 if local.date() > day else local.hour * 60 + local.minute


@lru_cache(maxsize=4096)
def _block(each: Booking, begins: int, ends: int, span: tuple[int, int], zone: str, language: str) -> StripBlock:
    return StripBlock(
        id=str(each.id),
        kind=each.status,
        label=f"{day_time(each.starts_at, zone, language)} · {each.token or '–'}",
        left=percent(begins - span[0], span),
        width=percent(max(ends - begins, 1), span),
    )


def _age(born_on: date | None, today: date) -> str:
    if born_on is None:
        return ""
    return str(today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day)))
