"""Whether an appointment is in a doctor's time, and which of his days a change of the calendar touches."""

from datetime import date, datetime, timedelta

from models import Appointment
from services.slots import Schedule

ONE_DAY = timedelta(days=1)


def is_within(book: Schedule, appointment: Appointment) -> bool:
    """Whether it is within the doctor's hours, for its mode, at its clinic."""
    return any(
        stretch.opens <= appointment.starts_at
        and appointment.ends_at <= stretch.closes
        and stretch.hours.clinic_id == appointment.clinic_id
        and appointment.mode in stretch.hours.modes
        for stretch in book.stretches(appointment.day)
    )


def has_time(book: Schedule, appointment: Appointment) -> bool:
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


def is_abroad(book: Schedule) -> bool:
    """Whether some hours go by the wall clock of another zone than the doctor's days."""
    overrides = [override.hours for override in book.overrides if override.hours is not None]
    return any(each.zone != book.zone for each in (*book.hours, *overrides))


def last_day(book: Schedule, now: datetime) -> date:
    """The last that can be booked."""
    # A day more: who books just after midnight may book a day further.
    return book.last_day(now) + ONE_DAY


def days_between(first: date, last: date) -> list[date]:
    """From the one to the other, both included."""
    return [first + offset * ONE_DAY for offset in range((last - first).days + 1)]
