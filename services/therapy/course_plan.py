"""How a course lies over the days: the pattern of its rest, and the times at which everybody is free."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count

from core.errors import Invalid
from services.slots import Slot

FEWEST, MOST = 7, 21
"""Sessions of a course."""

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Pattern:
    """From `first_day`, day 1, sessions on these weekdays (Monday is 0), but on no day of the course in `rest_on`.

    Raises Invalid where no day would be left.
    """

    first_day: date
    weekdays: frozenset[int] = frozenset(range(7))
    rest_on: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a pattern without an end to its rest."""
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise Invalid(field="weekdays")
        if any(number < 1 for number in self.rest_on):
            raise Invalid(field="rest_on")

    def days(self) -> Iterator[date]:
        """The days of the course, without end."""
        for offset in count():
            day = self.first_day + timedelta(days=offset)
            if day.weekday() in self.weekdays and offset + 1 not in self.rest_on:
                yield day


@dataclass(frozen=True, kw_only=True)
class CourseWish:
    """So many sessions for this patient with this doctor, at about `at` by the clinic's wall clock."""

    patient_id: int
    doctor_id: int
    sessions: int
    at: time
    pattern: Pattern
    therapist_id: int | None = None
    room_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A course that can be booked: when each session starts, in order, and with whom and where all of them are.

    `passed_over` are days of the pattern on which not everybody was free.
    """

    patient_id: int
    doctor_id: int
    therapist_id: int
    room_id: int
    pattern: Pattern
    starts_at: tuple[datetime, ...]
    passed_over: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """The times of one day that could be taken, the one nearest to the wish first."""

    day: date
    wished: datetime
    slots: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class Layout:
    """The times that one therapist and one room can give."""

    slots: tuple[Slot, ...]
    passed_over: tuple[date, ...]
    off_by: timedelta

    def rank(self) -> tuple[int, datetime | None, timedelta]:
        """The least is the best: all sessions, then done soonest, then nearest to the time wished."""
        return -len(self.slots), self.slots[-1].starts_at if self.slots else None, self.off_by


def lay(choices: Sequence[Choices], sessions: int, busy: Sequence[Interval]) -> Layout:
    """Take each day's nearest time that meets nothing in `busy`, until there are enough sessions."""
    found: list[Slot] = []
    passed_over: list[date] = []
    off_by = timedelta()
    for choice in choices:
        if len(found) == sessions:
            break
        slot = next((s for s in choice.slots if not _meets(s, busy)), None)
        if slot is None:
            passed_over.append(choice.day)
            continue
        found.append(slot)
        off_by += abs(slot.starts_at - choice.wished)
    return Layout(tuple(found), tuple(passed_over), off_by)


def _meets(slot: Slot, busy: Sequence[Interval]) -> bool:
    return any(start < slot.busy_until and until > slot.starts_at for start, until in busy)
