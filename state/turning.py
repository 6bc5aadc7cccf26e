"""Leafing through a calendar: a leaf before or after, a day that was asked for, and the present one."""

from datetime import date, timedelta

from core import clock
from state import address

ONE_DAY, ONE_WEEK = timedelta(days=1), timedelta(days=7)

FARTHEST = timedelta(days=400)
"""How far from today the pages go."""


def turned(shown: str, step: int, leaf: timedelta = ONE_DAY) -> str:
    """The day of the leaf before or after the one that is shown, as an address has it."""
    return str((address.day_of(shown) or clock.now().date()) + (leaf if step > 0 else -leaf))


def leaf_of(asked: str, today: date, *, ahead: timedelta = FARTHEST) -> date:
    """The day that was asked for; today where that is none, or too far away."""
    shown = address.day_of(asked) or today
    return shown if -FARTHEST <= shown - today <= ahead else today
