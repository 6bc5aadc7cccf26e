"""What the waiting room's display shows: words and numbers of one clinic, in one language."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import reflex as rx
from babel.dates import format_date

from core.words import N_, words
from services.clinic_board import ClinicBoard, Desk
from state.lasting import lasting
from state.rows import LOCALES, day_time

NEXT = 4
"""How many who come next are shown."""

LATE = N_("about {time} late")
FROM = N_("from {time}")
OVER = N_("Finished for today")
NOBODY = N_("Nobody is waiting")


@dataclass(frozen=True)
class DeskRow:
    """One doctor on the board; `inside` is the token that is called."""

    id: str
    doctor: str
    room: str
    inside: str
    coming: list[str]
    more: str
    late: str
    note: str


class LiveBoard(rx.State):
    """The board of the clinic: who sees people now, and who does so later or no longer."""

    version: int = -1
    date: str = ""
    read_at: str = ""
    calls: str = ""
    desks: list[DeskRow] = []
    others: list[DeskRow] = []


def board_fields(view: ClinicBoard, language: str, now: datetime) -> dict[str, Any]:
    """The fields of LiveBoard."""
    return {
        "date": format_date(view.day, "EEEE, d MMMM", locale=LOCALES[language]),
        "read_at": day_time(now, view.zone, language),
        # For assets/board.js, which calls out what is new in it.
        "calls": json.dumps([[desk.doctor_id, desk.inside, desk.room or desk.doctor] for desk in view.desks]),
        "desks": [_row(desk, view.zone, language) for desk in view.desks if desk.is_on],
        "others": [_row(desk, view.zone, language) for desk in view.desks if not desk.is_on],
    }


def _row(desk: Desk, zone: str, language: str) -> DeskRow:
    gettext, minutes = words(language).gettext, int(desk.delay.total_seconds() // 60)
    note = ""
    if desk.is_over:
        note = gettext(OVER)
    elif desk.opens_at is not None:
        note = gettext(FROM).format(time=day_time(desk.opens_at, zone, language))
    elif not desk.waiting:
        note = gettext(NOBODY)
    return DeskRow(
        id=str(desk.doctor_id),
        doctor=desk.doctor,
        room=desk.room,
        inside=str(desk.inside or ""),
        coming=[str(token) for token in desk.waiting[:NEXT]],
        more=f"+{len(desk.waiting) - NEXT}" if len(desk.waiting) > NEXT else "",
        late=gettext(LATE).format(time=lasting(minutes, language)) if minutes and not desk.is_over else "",
        note=note,
    )
