"""A session's place in the book: the slot it may have, and where a shift brings it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from core.db import Transaction
from core.errors import DomainError
from models import Course
from models.appointment import Source, Status
from models.doctor import Mode
from models.visit import VisitType
from services.permissions import Actor
from services.placing import Placement, Wish, place, wished_slot
from services.refusals import NotOpen
from services.slots import Schedule, Slot, Why
from services.therapy.course_sessions import Session
from services.walls import instant

NOT_THERE = frozenset({Why.OUTSIDE_HOURS, Why.OTHER_MODE, Why.LEAVE, Why.CLOSED, Why.BREAK})
"""Where the doctor does not sit: a course that is shifted passes over such a day."""


@dataclass(frozen=True)
class Seats:
    """The sessions of a course as they come into the doctor's book, by this person, now."""

    course: Course
    book: Schedule
    by: Actor
    now: datetime

    def slot(self, starts_at: datetime, day: date) -> Slot:
        """The slot of the grid that starts then, at the course's clinic, whoever may have it. Raises NotOpen."""
        by_staff = self.by.is_staff
        slot = wished_slot(self.book, self._wish(starts_at), day, self.now, by_staff=by_staff)
        if slot.clinic_id != self.course.clinic_id:
            raise NotOpen(why=Why.OUTSIDE_HOURS)
        return slot

    async def take(
        self, tx: Transaction, slot: Slot, day: date, *, token: int, source: Source, instead_of: UUID | None = None
    ) -> None:
        """Place the session, with therapist and room. Raises what `place` raises."""
        how = Placement(
            status=Status.BOOKED,
            source=source,
            token=token,
            rescheduled_from=instead_of,
            therapist_id=self.course.therapist_id,
            room_id=self.course.room_id,
            course_id=self.course.id,
        )
        await place(tx, self._wish(slot.starts_at), slot, day, how, book=self.book, by=self.by, now=self.now)

    def shifted(self, moving: Sequence[Session], days: int) -> Iterator[tuple[date, Slot]]:
        """Where each comes to when they move so many days; NotOpen, with `session` and `day`, where it cannot."""
        zone, previous = self.book.zone, date.min
        for session in moving:
            wall = session.appointment.starts_at.astimezone(ZoneInfo(zone)).time()
            day = max(session.appointment.day + timedelta(days=days), previous + timedelta(days=1))
            with naming(session.number, day):
                while (slot := self._slot_if_there(instant(day, wall, zone), day)) is None:
                    day += timedelta(days=1)
            yield day, slot
            previous = day

    def _slot_if_there(self, starts_at: datetime, day: date) -> Slot | None:
        """None where the doctor does not sit then, or the course rests."""
        if day.weekday() not in self.course.weekdays:
            return None
        try:
            return self.slot(starts_at, day)
        except NotOpen as refusal:
            if refusal.data["why"] in NOT_THERE:
                return None
            raise

    def _wish(self, starts_at: datetime) -> Wish:
        return Wish(
            patient_id=self.course.patient_id,
            doctor_id=self.course.doctor_id,
            starts_at=starts_at,
            mode=Mode.IN_PERSON,
            visit=VisitType.PANCHAKARMA,
        )


@contextmanager
def naming(session: int, day: date) -> Iterator[None]:
    """Let a refusal say which session, on which day, is in the way."""
    try:
        yield
    except DomainError as refusal:
        refusal.data |= {"session": session, "day": day}
        raise
