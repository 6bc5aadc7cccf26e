"""A doctor's schedule over some days with all that is taken, kept in the process for as long as it holds."""

from collections import OrderedDict
from dataclasses import dataclass

from core import db
from core.errors import NotFound
from services.schedules import schedule
from services.slots import Schedule
from services.stamps import Days, Stamp, stamp

KEPT = 2000
"""Schedules that a process keeps."""


@dataclass(frozen=True)
class _Kept:
    stamp: Stamp
    book: Schedule


_kept: OrderedDict[Days, _Kept] = OrderedDict()


async def book(days: Days) -> Schedule:
    """As it stands: nothing is missed of a commit that has been confirmed. Raises NotFound, Invalid, Unavailable."""
    if (present := await stamp(days)) is None:
        raise NotFound(doctor_id=days.doctor_id)
    return await book_as_of(days, present)


async def book_as_of(days: Days, present: Stamp) -> Schedule:
    """The same, where that stamp has just been asked for. Raises NotFound, Invalid, Unavailable."""
    if (kept := _kept.get(days)) is None or kept.stamp != present:
        # Read after the stamp was: what has changed in between makes the next one who asks read again.
        async with db.snapshot() as connection:
            kept = _kept[days] = _Kept(present, await schedule(connection, *days))
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(days)
    return kept.book


def forget() -> None:
    """Drop what the process keeps; for tests, which change databases under it."""
    _kept.clear()
