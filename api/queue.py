"""`/api/doctors/{doctorId}/queue`: the live queue, calling the next, and saying how late the day runs."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query
from pydantic import Field, Strict

from api import wire
from api.model import Body
from api.operation import Anyone, Described, Known, asks
from api.types import Day, DoctorId
from core import clock
from models.api_key import Scope
from services import lateness, orders, queue
from services.permissions import Access

LONGEST_DELAY = int(lateness.LONGEST_DELAY.total_seconds() // 60)


class OpenQueue(wire.Queue):
    """The queue; `appointments`, the whole day in order of time, are there for those who run the day."""

    appointments: list[wire.Appointment] | None = None


class Delay(Body):
    """How late today runs; 0 takes it back."""

    minutes: Annotated[int, Strict(), Field(ge=0, le=LONGEST_DELAY, examples=[25])]


@asks(Access.PUBLIC, Scope.QUEUE_READ)
async def look(
    doctor_id: DoctorId,
    by: Anyone,
    date: Annotated[Day | None, Query(description="By default today, where the clinic is.")] = None,
) -> OpenQueue:
    """A doctor's queue by tokens; who runs the day sees its appointments too."""
    view, day = await queue.look(doctor_id, date, by=by, now=clock.now())
    told = wire.queue(view).model_dump()
    if day is None:
        return OpenQueue(**told)
    return OpenQueue(**told, appointments=[_with_patient(each) for each in day.shown])


@asks(Access.STAFF)
async def call_next(doctor_id: DoctorId, by: Known) -> wire.Appointment:
    """The first of those who wait today goes in."""
    return wire.booking(await orders.call_next(doctor_id, by=by, now=clock.now()))


@asks(Access.STAFF)
async def delay(doctor_id: DoctorId, given: Delay, by: Known) -> wire.Queue:
    """Tell everybody how late today runs."""
    now = clock.now()
    await queue.run_late(doctor_id, timedelta(minutes=given.minutes), by=by, now=now)
    return wire.queue(await queue.today(doctor_id, now))


def _with_patient(booking: queue.Booking) -> wire.Appointment:
    return wire.appointment(booking, patient=wire.Person(name=booking.patient))


OPERATIONS: list[Described] = [
    ("GET", "/doctors/{doctorId}/queue", look, {}),
    ("POST", "/doctors/{doctorId}/queue/call-next", call_next, {}),
    ("POST", "/doctors/{doctorId}/queue/delay", delay, {}),
]
