"""What takes time from a calendar: a leave, a closed clinic, other hours of a date or weekday; and whom it strands."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from core.errors import Invalid
from models import Appointment
from models.appointment import Status
from models.doctor import Mode
from services.lateness import LONGEST_DELAY
from services.refusals import HoursOverlap
from services.slots import Hours, Override, Pause, Schedule, Span
from services.walls import local_day

ONE_DAY = timedelta(days=1)


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


@dataclass(frozen=True, kw_only=True)
class _Span:
    starts_at: datetime
    ends_at: datetime

    def require_possible(self, now: datetime) -> None:
        """Raise Invalid unless it is aware, forwards and not yet over."""
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise Invalid(field="starts_at")
        if self.ends_at <= max(self.starts_at, now):
            raise Invalid(field="ends_at")

    def days(self, book: Schedule, now: datetime) -> list[date]:
        """The days of the doctor that it touches, from today to the last that can be booked."""
        first, last = local_day(self.starts_at, book.zone), local_day(self.ends_at - timedelta.resolution, book.zone)
        return _days(max(first, book.today(now)), min(last, _last(book, now)))

    def _meets(self, appointment: Appointment, now: datetime) -> bool:
        starts_at, ends_at = appointment.starts_at, appointment.ends_at
        if appointment.status == Status.CHECKED_IN:
            # Who sits in the waiting room is seen some time from now on, whatever his time was.
            starts_at, ends_at = max(starts_at, now), max(ends_at, now + timedelta.resolution)
        return ends_at > now and self.starts_at < ends_at and self.ends_at > starts_at


@dataclass(frozen=True, kw_only=True)
class Away(_Span):
    """A leave of one doctor, or of several of one clinic for the same time."""

    doctor_ids: tuple[int, ...]

    def require_possible(self, now: datetime) -> None:
        """Raise Invalid too for a leave of nobody."""
        super().require_possible(now)
        if not self.doctor_ids:
            raise Invalid(field="doctors")

    def applied(self, book: Schedule, zones: Mapping[int, str]) -> Schedule:
        """The doctor's schedule as it would be."""
        return replace(book, leaves=(*book.leaves, Span(self.starts_at, self.ends_at)))

    def strands(self, appointment: Appointment, before: Schedule, after: Schedule, now: datetime) -> bool:
        """Whether the appointment cannot stay where it is."""
        return self._meets(appointment, now)


@dataclass(frozen=True, kw_only=True)
class Closed(_Span):
    """A closure of one clinic, for all who sit there; `name` is for people."""

    clinic_id: int
    name: str

    def applied(self, book: Schedule, zones: Mapping[int, str]) -> Schedule:
        """The schedule of one who sits there as it would be."""
        return replace(book, closures=(*book.closures, Span(self.starts_at, self.ends_at, self.clinic_id)))

    def strands(self, appointment: Appointment, before: Schedule, after: Schedule, now: datetime) -> bool:
        """Whether the appointment cannot stay where it is."""
        return appointment.clinic_id == self.clinic_id and self._meets(appointment, now)


@dataclass(frozen=True, kw_only=True)
class Picked(_Span):
    """Some of the appointments of a stretch, one doctor's or all at a clinic; whatever hours there are, stay.

    `appointments` None: all that are there, to pick from. `delay`: how many minutes late that doctor's today runs.
    """

    doctor_id: int | None = None
    clinic_id: int = 0
    appointments: frozenset[UUID] | None = None
    delay: int | None = None

    def require_possible(self, now: datetime) -> None:
        """Raise Invalid too for a delay of nobody, of another day, or beyond all reason; and for nothing to do."""
        super().require_possible(now)
        is_now = self.doctor_id is not None and self.starts_at <= now
        if self.delay is not None and not (is_now and timedelta() <= timedelta(minutes=self.delay) <= LONGEST_DELAY):
            raise Invalid(field="minutes")
        if self.delay is None and self.appointments is not None and not self.appointments:
            raise Invalid(field="appointments")

    def applied(self, book: Schedule, zones: Mapping[int, str]) -> Schedule:
        """The schedule in which other times are looked for: nobody is moved within the stretch."""
        return replace(book, leaves=(*book.leaves, Span(self.starts_at, self.ends_at)))

    def strands(self, appointment: Appointment, before: Schedule, after: Schedule, now: datetime) -> bool:
        """Whether the appointment is one of them."""
        is_there = self.doctor_id == appointment.doctor_id or (
            self.doctor_id is None and self.clinic_id == appointment.clinic_id
        )
        is_picked = self.appointments is None or appointment.id in self.appointments
        return is_there and is_picked and self._meets(appointment, now)


class _Hours:
    def strands(self, appointment: Appointment, before: Schedule, after: Schedule, now: datetime) -> bool:
        """Whether the appointment was in the hours and is no more; who has been squeezed in outside them stays."""
        is_ahead = appointment.ends_at > now
        return is_ahead and _has_time(before, appointment) and not _has_time(after, appointment)


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
        near = _days(self.day - ONE_DAY, self.day + ONE_DAY)
        return [day for day in near if day == self.day or (day >= book.today(now) and _is_abroad(book))]

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
        days = _days(book.today(now), _last(book, now))
        return [day for day in days if _is_abroad(book) or day.weekday() in self.weekdays]

    def applied(self, book: Schedule, zones: Mapping[int, str]) -> Schedule:
        """The doctor's schedule as it would be."""
        own = [_hours(weekday, each, zones) for weekday, sittings in self.weekdays.items() for each in sittings]
        rests = [Pause(weekday, each.starts, each.ends) for weekday, rests in self.breaks.items() for each in rests]
        return replace(
            book,
            hours=(*(each for each in book.hours if each.weekday not in self.weekdays), *own),
            pauses=(*(each for each in book.pauses if each.weekday not in self.breaks), *rests),
        )


Change = Away | Closed | Picked | DayHours | WeekHours
"""All that the resolver can carry out."""

MOVABLE = (Status.BOOKED, Status.CHECKED_IN)
"""What can be stranded: one that has begun is finished, whatever the calendar says."""


def is_within(book: Schedule, appointment: Appointment) -> bool:
    """Whether it is within the doctor's hours, for its mode, at its clinic."""
    return any(
        stretch.opens <= appointment.starts_at
        and appointment.ends_at <= stretch.closes
        and stretch.hours.clinic_id == appointment.clinic_id
        and appointment.mode in stretch.hours.modes
        for stretch in book.stretches(appointment.day)
    )


def _has_time(book: Schedule, appointment: Appointment) -> bool:
    """Whether it is within the hours, and in no break of every week."""
    rests = (pause for stretch in book.stretches(appointment.day) for pause in stretch.pauses)
    return is_within(book, appointment) and not any(
        pause.meets(appointment.starts_at, appointment.ends_at) for pause in rests
    )


def is_off(book: Schedule, appointment: Appointment) -> bool:
    """Whether a leave or a closure is in its time."""
    return any(
        span.meets(appointment.starts_at, appointment.ends_at) and span.is_at(appointment.clinic_id)
        for span in (*book.leaves, *book.closures)
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


def _is_abroad(book: Schedule) -> bool:
    """Whether some hours go by the wall clock of another zone than the doctor's days."""
    overrides = [override.hours for override in book.overrides if override.hours is not None]
    return any(each.zone != book.zone for each in (*book.hours, *overrides))


def _last(book: Schedule, now: datetime) -> date:
    # A day more: who books just after midnight may book a day further.
    return book.last_day(now) + ONE_DAY


def _days(first: date, last: date) -> list[date]:
    return [first + offset * ONE_DAY for offset in range((last - first).days + 1)]
