"""How long one who walks in now would wait with each doctor of a clinic, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import reflex as rx

from core.words import N_, words
from services.first_free import Wait, Waits
from state.turns import stretch

AT_ONCE = N_("at once")
ABOUT = N_("about {minutes} min")
HOURS = N_("about {hours} h")
FULL = N_("no time left today")

ROUNDED = 5
"""Minutes: nobody can tell a wait more closely."""

LONG = 100
"""From so many minutes on it is said in hours and halves of one."""


@dataclass(frozen=True)
class WaitRow:
    """What one who walks in now has before him with a doctor."""

    id: str
    doctor: str
    wait: str
    when: str
    ahead: int


class LiveWaits(rx.State):
    """The doctors of a clinic who sit there today, and who would see him first."""

    version: int = -1
    waits: list[WaitRow] = []
    known: dict[str, WaitRow] = {}
    first: str = ""
    first_wait: str = ""
    is_full: bool = False


def waits_fields(view: Waits, language: str, now: datetime) -> dict[str, Any]:
    """The fields of LiveWaits."""
    rows = [_row(each, language, now) for each in view.waits]
    first = next((row for row in rows if view.first and row.id == str(view.first.doctor_id)), None)
    return {
        "waits": rows,
        "known": {row.id: row for row in rows},
        "first": first.doctor if first else "",
        "first_wait": first.wait if first else "",
        "is_full": first is None,
    }


def _row(each: Wait, language: str, now: datetime) -> WaitRow:
    wait, when = words(language).gettext(FULL), ""
    if each.expected is not None:
        wait = _wait((each.expected.median - now).total_seconds() / 60, language)
        when = stretch(*each.expected.likely, each.zone, language, now)
    return WaitRow(str(each.doctor_id), each.doctor, wait, when, each.ahead)


def _wait(length: float, language: str) -> str:
    gettext, minutes = words(language).gettext, round(length / ROUNDED) * ROUNDED
    if minutes < LONG:
        return gettext(ABOUT).format(minutes=minutes) if minutes > 0 else gettext(AT_ONCE)
    hours, half = divmod(round(minutes / 30), 2)
    return gettext(HOURS).format(hours=f"{hours}½" if half else hours)
