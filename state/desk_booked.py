"""What the desk has booked, as the patient is told: a visit, or the course whose first one it is."""

from datetime import datetime
from uuid import UUID

from core.errors import NotFound
from models.appointment import Status
from services import bookings, visit_tickets
from services.bookings import Booking
from services.permissions import Actor
from services.therapy.course_sessions import sessions_of
from services.visit_links import code_of
from state.desk_rows import BookedRow, booked_row, course_row


async def told(made: Booking, patient: str, language: str, *, by: Actor, now: datetime) -> BookedRow:
    """The words for it; `patient` is his name."""
    visit = made.appointment
    ticket = await visit_tickets.ticket(code_of(visit.id))
    row = booked_row(ticket, patient, language)
    if visit.course_id is None:
        return row
    return course_row(await sessions_of(visit.course_id, by=by, now=now), row, language)


async def first_of(course_id: UUID, *, by: Actor, now: datetime) -> Booking:
    """The booking of a course's first session."""
    course = await sessions_of(course_id, by=by, now=now)
    return await bookings.booking(course.sessions[0].appointment_id, by=by, now=now)


async def still_booked(written: str, *, by: Actor, now: datetime) -> Booking | None:
    """What the address says was booked, after a reload or a lost connection; None where it is not, or no more."""
    try:
        made = await bookings.booking(UUID(written), by=by, now=now)
    except (ValueError, NotFound):
        return None
    return made if made.appointment.status == Status.BOOKED else None
