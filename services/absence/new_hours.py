"""Other hours of a date or of a weekday, as a change of the calendar; and whom they strand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import pairwise

from core.errors import Invalid
from models import Appointment
from models.doctor import Mode
from services.absence.within import ONE_DAY, days_between, has_time, is_abroad, last_day
from services.refusals import HoursOverlap
from services.slots import Hours, Override, Pause, Schedule


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """A stretch in which a doctor sits at a clinic, by its wall clock; `closes` 00:00 ends the day."""

    opens: time
    closes: time
    modes: tuple[str, ...]
    clinic_id: int


@dataclass(frozen=True, kw_only=True)
class Rest:
    """A break of every week within a doctor's hours, by the same wall clock; `ends` 00:00 ends the day."""

    starts: time
    ends: time


class _Hours:
    def strands(self, appointment: Appointment, before: Schedule, after: Schedule, now: datetime) -> bool:
        """Whether the appointment was in the hours and is no more; who has been squeezed in outside them stays."""
        is_ahead = appointment.ends_at > now
        return is_ahead and has_time(before, appointment) and not has_time(after, appointment)


@dataclass(frozen=True, kw_only=True)
class DayHours(_Hours):
    """Other hours of one doctor on one date; none: he does not sit on it."""

    doctor_id: int
    day: date
    sittings: tuple[Sitting, ...] = ()

    def require_possible(self, now: datetime) -> None:
        """Raise Invalid for a day that is past everywhere, hours backwards, or a mode that is none; HoursOverlap."""
        if self.day < now.date() - ONE_DAY:
            raise Invalid(field="day")
        _require_sound(self.sittings)

    def days(self, book: Schedule, now: datetime) -> list[date]:
        """The days of the doctor that it touches; of a clinic in another zone, the next ones too."""
        near = days_between(self.day - ONE_DAY, self.day + ONE_DAY)
        return [day for day in near if day == self.day or (day >= book.today(now) and is_abroad(book))]

    def applied(self, book: Schedule, zones: Mapping[int, str]) -> Schedule:
        """The doctor's schedule as it would be."""
        own = [Override(self.day, _hours(self.day.weekday(), each, zones)) for each in self.sittings]
        others = [each for each in book.overrides if each.day != self.day]
        return replace(book, overrides=(*others, *(own or [Override(self.day, None)])))


@dataclass(frozen=True, kw_only=True)
class WeekHours(_Hours):
    """Other hours of one doctor on these weekdays (Monday is 0), every week; none: he does not sit on it.

    `breaks` are those of some of these weekdays; what is not named there keeps its own.
    """

    doctor_id: int
    weekdays: Mapping[int, tuple[Sitting, ...]]
    breaks: Mapping[int, tuple[Rest, ...]] = field(default_factory=dict)

    def require_possible(self, now: datetime) -> None:
        """Raise Invalid for no weekday, an eighth one, hours backwards, or a mode that is none; HoursOverlap."""
        if not self.weekdays or not set(self.weekdays) <= set(range(7)):
            raise Invalid(field="weekdays")
        if not set(self.breaks) <= set(self.weekdays):
            raise Invalid(field="breaks")
        for sittings in self.weekdays.values():
            _require_sound(sittings)
        if any(each.ends != time.min and each.ends <= each.starts for rests in self.breaks.values() for each in rests):
            raise Invalid(field="ends")

    def days(self, book: Schedule, now: datetime) -> list[date]:
        """The days of the doctor that it touches, from today to the last that can be booked."""
        days = days_between(book.today(now), last_day(book, now))
        return [day for day in days if is_abroad(book) or day.weekday() in self.weekdays]

    def applied(self, book: Schedule, zones: Mapping[int, str]) -> Schedule:
        """The doctor's schedule as it would be."""
        own = [_hours(weekday, each, zones) for weekday, sittings in self.weekdays.items() for each in sittings]
        rests = [Pause(weekday, each.starts, each.ends) for weekday, rests in self.breaks.items() for each in rests]
        return replace(
            book,
            hours=(*(each for each in book.hours if each.weekday not in self.weekdays), *own),
            pauses=(*(each for each in book.pauses if each.weekday not in self.breaks), *rests),
        )


def _hours(weekday: int, sitting: Sitting, zones: Mapping[int, str]) -> Hours:
    zone = zones.get(sitting.clinic_id)
    if zone is None:
        raise Invalid(field="clinic_id")
    return Hours(weekday, sitting.opens, sitting.closes, sitting.modes, sitting.clinic_id, zone)


def _require_sound(sittings: tuple[Sitting, ...]) -> None:
    if any(each.closes != time.min and each.closes <= each.opens for each in sittings):
        raise Invalid(field="closes")
    ordered = sorted(sittings, key=lambda each: each.opens)
    if any(one.closes == time.min or other.opens < one.closes for one, other in pairwise(ordered)):
        raise HoursOverlap
    if any(not each.modes or not set(each.modes) <= set(Mode) for each in sittings):
        raise Invalid(field="modes")
