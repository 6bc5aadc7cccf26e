"""`/api/appointments/{appointmentId}/…`: what becomes of an appointment; each move carries the version it is about."""

from api import wire
from api.appointments import CREATED, AppointmentId
from api.model import Body
from api.operation import Asked, Described, Known, asks
from api.orders import Elsewhere
from api.types import Version
from core import clock
from models.api_key import Scope
from services import appointments, orders, visits
from services.orders import Moving
from services.permissions import Access, Actor


class SeenVersion(Body):
    """The version that the caller has seen; where it is another by now, nothing is done."""

    version: Version


@asks(Access.SIGNED_IN, Scope.APPOINTMENTS_WRITE)
async def reschedule(appointment_id: AppointmentId, given: Elsewhere, by: Known, asked: Asked) -> wire.Appointment:
    """Give the patient another time, perhaps of another doctor; the answer is the new appointment."""
    once, version = asked.once(wire.booking), given.version
    made = await orders.reschedule(appointment_id, given.order(), by=by, now=clock.now(), version=version, asked=once)
    return wire.booking(made)


@asks(Access.SIGNED_IN, Scope.APPOINTMENTS_WRITE)
async def cancel(appointment_id: AppointmentId, given: SeenVersion, by: Known) -> wire.Appointment:
    """Free the time; what is cancelled stays so."""
    return await _moved(appointments.cancel, appointment_id, given, by)


@asks(Access.STAFF)
async def check_in(appointment_id: AppointmentId, given: SeenVersion, by: Known) -> wire.Appointment:
    """The patient is here, and waits from now on in the order of the queue."""
    return await _moved(visits.check_in, appointment_id, given, by)


@asks(Access.STAFF)
async def start(appointment_id: AppointmentId, given: SeenVersion, by: Known) -> wire.Appointment:
    """The patient goes in: one at a time."""
    return await _moved(visits.start, appointment_id, given, by)


@asks(Access.STAFF)
async def complete(appointment_id: AppointmentId, given: SeenVersion, by: Known) -> wire.Appointment:
    """The visit is over, and the next may go in."""
    return await _moved(visits.complete, appointment_id, given, by)


@asks(Access.STAFF)
async def no_show(appointment_id: AppointmentId, given: SeenVersion, by: Known) -> wire.Appointment:
    """The patient did not come; his time is free again."""
    return await _moved(visits.no_show, appointment_id, given, by)


@asks(Access.STAFF)
async def recall(appointment_id: AppointmentId, given: SeenVersion, by: Known) -> wire.Appointment:
    """One who was given up is here after all: he gets his time back or, where it is gone, the first gap from now."""
    return await _moved(visits.recall, appointment_id, given, by)


async def _moved(move: Moving, appointment_id: AppointmentId, given: SeenVersion, by: Actor) -> wire.Appointment:
    return wire.booking(await orders.moved(move, appointment_id, by=by, now=clock.now(), version=given.version))


OPERATIONS: list[Described] = [
    ("POST", "/appointments/{appointmentId}/reschedule", reschedule, CREATED),
    ("POST", "/appointments/{appointmentId}/cancel", cancel, {}),
    ("POST", "/appointments/{appointmentId}/check-in", check_in, {}),
    ("POST", "/appointments/{appointmentId}/start", start, {}),
    ("POST", "/appointments/{appointmentId}/complete", complete, {}),
    ("POST", "/appointments/{appointmentId}/no-show", no_show, {}),
    ("POST", "/appointments/{appointmentId}/recall", recall, {}),
]
