"""A weekday or a date as the editor of hours has it: its stretches, its breaks, and the times that they make."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from babel.dates import format_date

from services.absence.drafts import Standing
from state.rows import LOCALES
from state.stretches import Pause, Stretch, pauses, stretches

MONDAY = date(2024, 1, 1)


@dataclass(frozen=True)
class Ruled:
    """A weekday (`0` is Monday) or a date with its stretches and the breaks of its weekday, and what they make."""

    key: str
    label: str
    stretches: list[Stretch]
    pauses: list[Pause]
    count: int = 0
    times: str = ""
    is_changed: bool = False


def week_of(found: Standing, language: str) -> list[Ruled]:
    """Every weekday as it stands."""
    names = [format_date(MONDAY + timedelta(days=n), "EEEE", locale=LOCALES[language]) for n in range(7)]
    return [Ruled(str(n), names[n], stretches(found.week[n]), pauses(found.breaks[n])) for n in range(7)]


def date_of(found: Standing, day: date, label: str) -> list[Ruled]:
    """That date as it stands: by hours of its own, else by those of its weekday."""
    own = found.week[day.weekday()] if found.day is None else found.day
    return [Ruled(day.isoformat(), label, stretches(own), pauses(found.breaks[day.weekday()]))]


def compared(days: list[Ruled], saved: Mapping[str, Ruled]) -> list[Ruled]:
    """The same, each saying whether it differs from what is saved."""

    def differs(each: Ruled) -> bool:
        was = saved.get(each.key)
        return was is None or (each.stretches, each.pauses) != (was.stretches, was.pauses)

    return [replace(each, is_changed=differs(each)) for each in days]
