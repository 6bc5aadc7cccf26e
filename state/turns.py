"""What the visit's page shows of the doctor's queue: the same for all who wait, so each finds his own token in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from core.words import N_, words
from services import lateness
from services.queue_rule import sentence
from services.turns import TurnsView
from state.lasting import lasting
from state.rows import day_time

STEP_MINUTES = 5
STEP = timedelta(minutes=STEP_MINUTES)
"""What an expected time is rounded to: nobody can tell it by the minute."""

LATE = N_("The doctor is running about {time} late.")
BETWEEN = N_("{since} – {until}")
BY = N_("by {until}")


@dataclass(frozen=True)
class TurnRow:
    """Where one token stands; `likely` and `nearly_sure` are stretches of time in words, empty where none is known.

    `time` is the one it is booked for, which changes for whoever is recalled after it is gone. `may_move`: whatever the
    clinic's rule, since the doctor is late.
    """

    status: str
    time: str
    may_move: bool = False
    is_here: bool = False
    ahead: int = 0
    likely: str = ""
    nearly_sure: str = ""


class LiveTurns(rx.State):
    """The queue of the doctor's day that the visit is on, by token."""

    version: int = -1
    is_today: bool = False
    inside: str = ""
    late: str = ""
    rule: str = ""
    read_at: str = ""
    turns: dict[str, TurnRow] = {}


def turn_fields(view: TurnsView, language: str, now: datetime) -> dict[str, Any]:
    """The fields of LiveTurns."""
    minutes = int(view.delay.total_seconds() // 60)
    gettext = words(language).gettext
    return {
        "is_today": view.is_today,
        "inside": str(view.inside or ""),
        "late": gettext(LATE).format(time=lasting(minutes, language)) if minutes and view.is_today else "",
        "rule": sentence(view.rule, language),
        "read_at": day_time(now, view.zone, language),
        "turns": {str(token): _row(view, token, language, now) for token in view.statuses},
    }


def stretch(since: datetime, until: datetime, zone: str, language: str, now: datetime) -> str:
    """`11:10 – 11:30 am`, wider by up to five minutes on either side; `by 11:30 am` where it has begun."""
    begins, ends = _down(since), _up(max(until, now))
    return _stretch(None if begins <= now else begins, ends, zone, language)


@lru_cache(maxsize=4096)
def _stretch(begins: datetime | None, ends: datetime, zone: str, language: str) -> str:
    gettext, last = words(language).gettext, day_time(ends, zone, language)
    if begins is None:
        return gettext(BY).format(until=last)
    first = day_time(begins, zone, language)
    # The part of the day is said once where it is the same.
    halves = {moment.astimezone(ZoneInfo(zone)).hour // 12 for moment in (begins, ends)}
    if language == "en" and len(halves) == 1:
        first = first.rpartition(" ")[0]
    return gettext(BETWEEN).format(since=first, until=last)


def _row(view: TurnsView, token: int, language: str, now: datetime) -> TurnRow:
    status, zone = view.statuses[token], view.zone
    time = day_time(view.booked_for[token], zone, language)
    may_move = lateness.is_freed(status, view.booked_for[token], view.delay, now)
    if (turn := view.turns.get(token)) is None:
        return TurnRow(status, time, may_move)
    likely = nearly_sure = ""
    if turn.expected is not None:
        likely = stretch(*turn.expected.likely, zone, language, now)
        nearly_sure = stretch(*turn.expected.nearly_sure, zone, language, now)
    return TurnRow(status, time, may_move, turn.is_here, turn.ahead, likely, nearly_sure)


def _down(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute - moment.minute % STEP_MINUTES, second=0, microsecond=0)


def _up(moment: datetime) -> datetime:
    floor = _down(moment)
    return floor if floor == moment else floor + STEP
