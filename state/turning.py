"""Leafing through a calendar: a leaf before or after, a day that was asked for, and the present one."""

from datetime import date, timedelta
from typing import Any

from babel.dates import format_date

from core import clock
from state import address
from state.doctor_choice import whose
from state.guard import signed_in
from state.rows import LOCALES, day_label
from state.staff_page import staff_page

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


async def opened(page: Any):
    """A page of one doctor's calendar as its address wishes it; `page._open` opens a leaf."""
    asked = page.router.url.query_parameters
    with staff_page(page):
        by = await whose(page, asked.get("doctor", ""))
        async for _ in page._open(by, asked.get("day", "")):
            yield


async def leafed(page: Any, asked: str):
    """Another leaf of it, or the same of another doctor; the address then says so."""
    async for _ in page._open(await signed_in(page), asked):
        yield address.say(doctor=page.doctor_id, day=page.day)


def title_of_day(day: date, today: date, spoken_here: str) -> str:
    """`Today · Tuesday, 24 November`; farther away the date alone."""
    full = format_date(day, "EEEE, d MMMM", locale=LOCALES[spoken_here])
    return f"{day_label(day, today, spoken_here)} · {full}" if (day - today).days in {0, 1} else full


def title_of_days(first: date, last: date, spoken_here: str) -> str:
    """`24 – 30 November 2026`, with what of the first is otherwise than of the last."""
    locale = LOCALES[spoken_here]
    begins = "d" if first.month == last.month else "d MMM" if first.year == last.year else "d MMM y"
    return f"{format_date(first, begins, locale=locale)} – {format_date(last, 'd MMMM y', locale=locale)}"
