"""What the dashboard shows: who is inside, next, waiting, to come, done; and the day as a strip of time."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from core.words import N_, words
from models.appointment import Status
from services.dashboard import Dashboard
from services.days import Booking, DoctorDayBoard
from services.desk_payments import PAYABLE
from services.dues import Due
from services.queue import Turn
from services.queue_rule import in_order, is_walk_in, sentence
from state.rows import day_time, money
from state.turns import stretch
from state.week_rows import Line, hour_lines, percent, whole_hours

ENDS = N_("done {when}")
LATE = N_("Running {minutes} min late")
LEFT = N_("{count} left")


@dataclass(frozen=True)
class BookingRow:
    """One patient of the day. `version` goes back with whatever is done to him; `may_miss`: his time has begun.

    `seconds` are those that had passed, when it was read, since he went in or, of one who waits, since he came. `due`
    is what is left to pay in minor units, `owes` and `paid` what is left and what was paid, in words.
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
    seconds: int
    expected: str
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

    key: str
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


@dataclass(frozen=True)
class Strip:
    """The day from its first hour to its last; `now` has one member today, none on any other day."""

    hours: list[Line] = field(default_factory=list)
    blocks: list[StripBlock] = field(default_factory=list)
    now: list[PresentMoment] = field(default_factory=list)


class LiveDay(rx.State):
    """The doctor's day on the staff's dashboard."""

    version: int = -1
    is_today: bool = False
    inside: list[BookingRow] = []
    next: list[BookingRow] = []
    waiting: list[BookingRow] = []
    to_come: list[BookingRow] = []
    over: list[BookingRow] = []
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
    strip: Strip = Strip()


def day_fields(view: Dashboard, language: str, now: datetime) -> dict[str, Any]:
    """The fields of LiveDay."""
    board, gettext = view.board, words(language).gettext
    is_today, ends = view.queue is not None, view.queue.ends if view.queue else None
    turns = {turn.token: turn for turn in view.queue.turns} if view.queue else {}
    rows = {each.id: _row(each, view, turns.get(each.token or 0), language, now) for each in board.shown}
    waiting = [rows[each.id] for each in in_order(board.bookings, board.rule)]
    statuses = [booking.status for booking in board.shown]
    minutes = int(board.delay.total_seconds() // 60)
    left = statuses.count(Status.BOOKED) + statuses.count(Status.CHECKED_IN) + statuses.count(Status.IN_CONSULTATION)
    return {
        "is_today": is_today,
        "inside": _of(rows, board, {Status.IN_CONSULTATION}),
        "next": waiting[:1],
        "waiting": waiting[1:],
        "to_come": _of(rows, board, {Status.BOOKED, Status.HELD}),
        "over": _of(rows, board, {Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED}),
        "booked": statuses.count(Status.BOOKED),
        "arrived": statuses.count(Status.CHECKED_IN) + statuses.count(Status.IN_CONSULTATION),
        "done": statuses.count(Status.COMPLETED),
        "cancelled": statuses.count(Status.CANCELLED) + statuses.count(Status.NO_SHOW),
        "delay": minutes,
        "late": gettext(LATE).format(minutes=minutes) if minutes and is_today else "",
        "left": gettext(LEFT).format(count=left) if is_today else "",
        "ends": gettext(ENDS).format(when=stretch(*ends.likely, board.zone, language, now))
        if left and ends is not None
        else "",
        "back": day_time(view.back_at, board.zone, language) if view.back_at else "",
        "rule": sentence(board.rule, language),
        "strip": _strip(view, language, now),
    }


def _of(rows: dict[Any, BookingRow], board: DoctorDayBoard, statuses: set[Status]) -> list[BookingRow]:
    return [rows[each.id] for each in board.shown if each.status in statuses]


def _row(booking: Booking, view: Dashboard, turn: Turn | None, language: str, now: datetime) -> BookingRow:
    board, zone = view.board, view.board.zone
    since = {Status.CHECKED_IN: booking.checked_in_at, Status.IN_CONSULTATION: booking.started_at}.get(booking.status)
    came = booking.checked_in_at or (now if booking.status == Status.BOOKED else booking.starts_at)
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
        age=_age(booking.born_on, now.date()),
        mode=booking.mode,
        source=booking.source,
        place=" · ".join(name for name in (booking.therapist, booking.room) if name),
        since=day_time(since, zone, language) if since else "",
        seconds=int((now - since).total_seconds()) if since else 0,
        expected=stretch(*turn.expected.likely, zone, language, now) if turn and turn.expected else "",
        is_emergency=booking.is_emergency,
        is_late=not (walked_in or booking.is_emergency) and came > booking.starts_at + board.rule.grace,
        is_skipped=booking.status == Status.CHECKED_IN and booking.skipped_at is not None,
        is_walk_in=walked_in,
        may_miss=booking.starts_at <= now,
        **payment(view.dues.get(booking.id), booking.status, language),
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


def _strip(view: Dashboard, language: str, now: datetime) -> Strip:
    zone = ZoneInfo(view.board.zone)

    def minute(moment: datetime) -> int:
        """Of the day's wall clock; what ends with the day, or after it, ends at its last."""
        local = moment.astimezone(zone)
        return 24 * 60 if local.date() > view.board.day else local.hour * 60 + local.minute

    # Who was missed stands beneath whoever got his time.
    shown = sorted(
        (e for e in view.board.shown if e.status != Status.CANCELLED), key=lambda e: e.status != Status.NO_SHOW
    )
    met = [minute(moment) for each in shown for moment in (each.starts_at, each.ends_at)]
    first, last = span = whole_hours(met)
    present = minute(now)
    blocks = [
        _block(each, minute(each.starts_at), minute(each.ends_at), span, view.board.zone, language) for each in shown
    ]
    return Strip(
        hour_lines(span, language),
        blocks,
        [PresentMoment("now", present, first, last)] if view.queue else [],
    )


def _block(each: Booking, begins: int, ends: int, span: tuple[int, int], zone: str, language: str) -> StripBlock:
    return StripBlock(
        key=str(each.id),
        kind=each.status,
        label=f"{day_time(each.starts_at, zone, language)} · {each.token or '–'}",
        left=percent(begins - span[0], span),
        width=percent(max(ends - begins, 1), span),
    )


def _age(born_on: date | None, today: date) -> str:
    if born_on is None:
        return ""
    return str(today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day)))
