"""A doctor's times over some days, as they are told to a program: computed once, told for as long as they hold.

Each time the database is asked whether they do (`services/stamps.py`), so nobody is told what a commit that he knows of
has changed; the clock is asked too.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core import metrics
from core.errors import Invalid, NotFound
from models.doctor import Mode
from models.visit import VisitType
from services import inputs
from services.kept_books import book_as_of
from services.slots import Slot
from services.stamps import Days, Stamp, stamp
from services.walls import local_day

LONGEST = 31
"""Days."""

KEPT = 2000
"""Windows that a process keeps; one of a week is about 10 KB."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """What is asked: `days` days from `first` on, None being today on the doctor's wall clock; None: of all modes."""

    doctor_id: int
    first: date | None = None
    days: int = 7
    mode: Mode | None = None
    visit: VisitType = VisitType.FIRST_VISIT


@dataclass(frozen=True, kw_only=True)
class Day:
    """The grid of one date; `version` is the doctor-day's."""

    date: date
    version: int
    slots: tuple[Slot, ...]


@dataclass(frozen=True, kw_only=True)
class View:
    """The times of a window; `zone` is the doctor's wall clock."""

    doctor_id: int
    zone: str
    days: tuple[Day, ...]


@dataclass(frozen=True)
class _Kept:
    told: bytes
    stamp: Stamp
    read_at: datetime
    valid_until: datetime

    def holds(self, present: Stamp, now: datetime) -> bool:
        return self.stamp == present and self.read_at <= now < self.valid_until


_kept: OrderedDict[tuple[Window, date], _Kept] = OrderedDict()
_reading: dict[tuple[Window, date, Stamp], asyncio.Task[_Kept]] = {}


async def window(asked: Window, write: Callable[[View], bytes], *, now: datetime) -> bytes:
    """What `write` makes of the window as it stands; always the same `write`. Raises NotFound, Invalid, Unavailable."""
    if asked.first is not None and asked.first > date.max - timedelta(days=LONGEST):
        raise Invalid(field="from")
    first, present = await _present(asked, now)
    kept = _kept.get((asked, first))
    if kept is not None and kept.holds(present, now):
        metrics.windows.labels("kept").inc()
        _kept.move_to_end((asked, first))
        return kept.told
    # Who asks with this stamp may share a look that began after the stamp was read, and no earlier one.
    reading = (asked, first, present)
    if (task := _reading.get(reading)) is None:
        metrics.windows.labels("read").inc()
        task = _reading[reading] = asyncio.create_task(_read(asked, first, present, write, now))
        task.add_done_callback(lambda _: _reading.pop(reading, None))
    else:
        metrics.windows.labels("shared").inc()
    return (await asyncio.shield(task)).told


def forget() -> None:
    """Drop what the process keeps; for tests, which change databases under it."""
    _kept.clear()


async def _present(asked: Window, now: datetime) -> tuple[date, Stamp]:
    """The window's first day, and how things stand with its days."""
    first = asked.first or now.date()
    while True:
        present = await stamp(Days(asked.doctor_id, first, first + timedelta(days=asked.days - 1)))
        if present is None:
            raise NotFound(doctor_id=asked.doctor_id)
        if asked.first is not None or first == (today := local_day(now, present.zone)):
            return first, present
        first = today


async def _read(asked: Window, first: date, present: Stamp, write: Callable[[View], bytes], now: datetime) -> _Kept:
    """Read after `present` was: what has changed in between makes the next one who asks look again."""
    days = [first + timedelta(days=offset) for offset in range(asked.days)]
    if not inputs.FIRST.date() <= days[0] <= days[-1] < inputs.LAST.date():
        # No book is open then, nor will it be.
        nothing = tuple(Day(date=day, version=0, slots=()) for day in days)
        view = View(doctor_id=asked.doctor_id, zone=present.zone, days=nothing)
        return _Kept(write(view), present, now, now)
    book = await book_as_of(Days(asked.doctor_id, days[0], days[-1]), present)
    grids = {day: book.slots(day, now, asked.visit) for day in days}
    view = View(
        doctor_id=asked.doctor_id,
        zone=book.zone,
        days=tuple(
            Day(
                date=day,
                version=book.versions.get(day, 0),
                slots=tuple(slot for slot in slots if asked.mode is None or asked.mode in slot.modes),
            )
            for day, slots in grids.items()
        ),
    )
    valid_until = book.valid_until([slot for slots in grids.values() for slot in slots], now)
    made = _Kept(write(view), present, now, valid_until)
    _kept[asked, first] = made
    _kept.move_to_end((asked, first))
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return made
