"""`/api/appointments`: booking in one of three forms, and reading what one may see."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query
from pydantic import Field, Tag

from api import pages, wire
from api.model import Body, Model
from api.operation import Asked, Described, Known, asks
from api.orders import BookInstant, BookWallClock, Chosen
from api.types import Id, Instant, form
from core import clock
from core.errors import Invalid
from models.api_key import Scope
from models.appointment import Status
from services import bookings, inputs, orders
from services.bookings import Which
from services.permissions import Access


class BookHeld(Body):
    """A time that is held already: `POST /api/holds` answered its `holdId`."""

    hold_id: UUID


Wished = Annotated[
    Annotated[BookHeld, Tag(form("hold"))]
    | Annotated[BookInstant, Tag(form("instant"))]
    | Annotated[BookWallClock, Tag(form("wallClock"))],
    Chosen,
]
AppointmentId = Annotated[
    UUID, Path(alias="appointmentId", description="The `id` of an appointment, which is the `holdId` that it had.")
]


class Appointments(Model):
    """A page of appointments, in order of time."""

    appointments: list[wire.Appointment]
    next_cursor: str | None = Field(examples=["WyIyMDI2LTEyLTAxIl0"])


class AppointmentStep(Model):
    """What happened to an appointment: when, what, and by what kind of person (`system`: the clock)."""

    at: Instant
    kind: str = Field(examples=["AppointmentBooked"])
    role: str = Field(examples=["receptionist"])


class History(Model):
    """A page of what happened to an appointment, oldest first."""

    steps: list[AppointmentStep]
    next_cursor: str | None = Field(examples=["WzUwXQ"])


@asks(Access.SIGNED_IN, Scope.APPOINTMENTS_WRITE)
async def book(given: Wished, by: Known, asked: Asked) -> wire.Appointment:
    """Book: what is held, or a time by its instant, or a time by the clinic's wall clock."""
    now, once = clock.now(), asked.once(wire.booking)
    if isinstance(given, BookHeld):
        return wire.booking(await orders.confirm(given.hold_id, by=by, now=now, asked=once))
    return wire.booking(await orders.book(given.order(), by=by, now=now, asked=once))


@asks(Access.SIGNED_IN, Scope.APPOINTMENTS_READ)
async def look(
    by: Known,
    doctor_id: Annotated[Id | None, Query(alias="doctorId", description="Of this doctor.")] = None,
    patient_id: Annotated[Id | None, Query(alias="patientId", description="Of this patient.")] = None,
    status: Annotated[Status | None, Query(description="That stand so; by default all but holds that ended.")] = None,
    since: Annotated[Instant | None, Query(alias="from", description="That begin then or later.")] = None,
    until: Annotated[Instant | None, Query(alias="to", description="That begin before then.")] = None,
    limit: pages.Limit = 50,
    cursor: pages.Cursor = None,
) -> Appointments:
    """A patient's own and his family's; a doctor's; those of a desk's or a key's clinic; all, for administrators."""
    which = Which(doctor_id=doctor_id, patient_id=patient_id, status=status, since=since, until=until)
    found = await bookings.bookings(which, by=by, now=clock.now(), limit=limit + 1, after=_after(cursor))
    shown, last = pages.page(found, limit)
    return Appointments(
        appointments=[wire.booking(each) for each in shown],
        next_cursor=last and pages.cursor([last.appointment.starts_at.isoformat(), str(last.appointment.id)]),
    )


@asks(Access.SIGNED_IN, Scope.APPOINTMENTS_READ)
async def one(appointment_id: AppointmentId, by: Known) -> wire.Appointment:
    """One appointment, with why the patient comes where that was said."""
    return wire.booking(await bookings.booking(appointment_id, by=by, now=clock.now()))


@asks(Access.SIGNED_IN, Scope.APPOINTMENTS_READ)
async def history(
    appointment_id: AppointmentId, by: Known, limit: pages.Limit = 50, cursor: pages.Cursor = None
) -> History:
    """What happened to an appointment: when, what, and by what kind of person."""
    (given,) = pages.after(cursor, (int,)) or (0,)
    passed = inputs.identity(given, "cursor")
    found = await bookings.history(appointment_id, by=by, now=clock.now(), limit=limit + 1, passed=passed)
    shown, last = pages.page(found, limit)
    return History(
        steps=[AppointmentStep(at=step.at, kind=step.kind, role=step.role) for step in shown],
        next_cursor=last and pages.cursor([passed + limit]),
    )


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    if (values := pages.after(cursor, (str, str))) is None:
        return None
    try:
        moment, identity = datetime.fromisoformat(values[0]), UUID(values[1])
    except ValueError as error:
        raise Invalid(field="cursor") from error
    if moment.utcoffset() is None:
        raise Invalid(field="cursor")
    return moment, identity


CREATED: dict[str, Any] = {"status_code": 201}

OPERATIONS: list[Described] = [
    ("POST", "/appointments", book, CREATED),
    ("GET", "/appointments", look, {}),
    ("GET", "/appointments/{appointmentId}", one, {}),
    ("GET", "/appointments/{appointmentId}/history", history, {}),
]
