"""What takes time from a calendar: a leave, a closed clinic, or less than all of a stretch; and whom it strands."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from core.errors import Invalid
from models import Appointment
from models.appointment import Status
from services.absence.new_hours import DayHours, WeekHours
from services.absence.within import days_between, last_day
from services.lateness import LONGEST_DELAY
from services.slots import Schedule, Span
from services.walls import local_day


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
        return days_between(max(first, book.today(now)), min(last, last_day(book, now)))

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


Change = Away | Closed | Picked | DayHours | WeekHours
"""All that the resolver can carry out."""

MOVABLE = (Status.BOOKED, Status.CHECKED_IN)
"""What can be stranded: one that has begun is finished, whatever the calendar says."""
