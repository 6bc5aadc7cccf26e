"""`/api/doctors/{id}/slots`: a doctor's times over some days, and why one is open or is not."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from api import wire
from api.operation import Anyone, Described, Model, asks
from api.types import BodyId, Day, DoctorId, Instant
from core import clock
from models.api_key import Scope
from models.doctor import Mode
from models.visit import VisitType
from services import windows
from services.explain import Explanation
from services.explain import explain as explanation
from services.permissions import Access
from services.slots import Slot, Span, Why
from services.windows import LONGEST, View, Window

VisitTypeParameter = Annotated[VisitType, Query(alias="visitType", description="It decides how long a time is.")]


class Slots(Model):
    """A doctor's times; `timezone` (IANA) is the wall clock that dates the days."""

    doctor_id: BodyId
    timezone: str = Field(examples=["Asia/Kolkata"])
    days: list[wire.DaySlots]


class Stretch(Model):
    """From `startsAt` up to, not including, `endsAt`; `clinicId` where it is of one clinic."""

    starts_at: Instant
    ends_at: Instant
    clinic_id: BodyId | None = None


class TimeStep(Model):
    """What happened to the time, when, and by what kind of person; the appointment for those alone who may see it."""

    at: Instant
    kind: str = Field(examples=["AppointmentCancelled"])
    role: str = Field(examples=["patient"])
    appointment_id: UUID | None = None


class Explained(Model):
    """Why a time is open or is not, in facts.

    `hours` are the doctor's of that day; `blocked` is the leave, closure or break in the way; `opensOn` the date from
    which a time beyond the horizon can be booked; `bookableUntil` the last moment that still gave the notice; `isMine`:
    the hold or the appointment is the caller's; `nextOpen` the next time that is open, within 14 days.
    """

    doctor_id: BodyId
    starts_at: Instant
    ends_at: Instant
    timezone: str = Field(examples=["Asia/Kolkata"])
    why: Why = Field(examples=[Why.BOOKED])
    is_open: bool = Field(examples=[False])
    hours: list[Stretch]
    modes: list[Mode]
    clinic_id: BodyId | None
    held_until: Instant | None
    blocked: Stretch | None
    closure: str | None = Field(examples=["Diwali"])
    opens_on: Day | None
    bookable_until: Instant | None
    is_mine: bool = Field(examples=[False])
    next_open: wire.Alternative | None
    history: list[TimeStep]


@asks(Access.PUBLIC, scope=Scope.SLOTS_READ)
async def slots(
    doctor_id: DoctorId,
    first: Annotated[
        Day | None, Query(alias="from", description="The first date, on the clinic's wall clock; else today.")
    ] = None,
    days: Annotated[int, Query(ge=1, le=LONGEST, description="How many dates.")] = 7,
    mode: Annotated[Mode | None, Query(description="Only times that can be had so.")] = None,
    visit_type: VisitTypeParameter = VisitType.FIRST_VISIT,
) -> Response:
    """A doctor's times over some days, those ahead: open, held, booked, or blocked; of whoever, it does not tell."""
    asked = Window(doctor_id=doctor_id, first=first, days=days, mode=mode, visit=visit_type)
    return Response(await windows.window(asked, _written, now=clock.now()), media_type="application/json")


@asks(Access.PUBLIC, scope=Scope.SLOTS_READ)
async def explain(
    by: Anyone,
    doctor_id: DoctorId,
    at: Annotated[Instant, Query(description="The time.")],
    mode: Mode = Mode.IN_PERSON,
    visit_type: VisitTypeParameter = VisitType.FIRST_VISIT,
) -> Explained:
    """Why that time of a doctor can be booked or cannot, what is in the way, and what became of it so far."""
    return _explained(await explanation(doctor_id, at, mode=mode, visit=visit_type, by=by, now=clock.now()))


OPERATIONS: list[Described] = [
    ("GET", "/doctors/{doctorId}/slots", slots, {"response_model": Slots}),
    ("GET", "/doctors/{doctorId}/slots/explain", explain, {}),
]


def _written(view: View) -> bytes:
    """As `Slots` has it, without going through it: this is asked more often than all else."""
    return orjson.dumps(
        {
            "doctorId": view.doctor_id,
            "timezone": view.zone,
            "days": [
                {"date": day.date, "version": day.version, "slots": [_slot(slot) for slot in day.slots]}
                for day in view.days
            ],
        },
        option=orjson.OPT_UTC_Z,
    )


def _slot(slot: Slot) -> dict[str, Any]:
    return {"startsAt": slot.starts_at, "endsAt": slot.ends_at, "status": slot.status}


def _explained(found: Explanation) -> Explained:
    return Explained(
        doctor_id=found.doctor_id,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        timezone=found.zone,
        why=found.why,
        is_open=found.is_open,
        hours=[_stretch(span) for span in found.hours],
        modes=[Mode(mode) for mode in found.modes],
        clinic_id=found.clinic_id,
        held_until=found.held_until,
        blocked=_stretch(found.blocked) if found.blocked else None,
        closure=found.closure,
        opens_on=found.opens_on,
        bookable_until=found.bookable_until,
        is_mine=found.is_mine,
        next_open=found.next_open and wire.alternative(found.next_open),
        history=[TimeStep(**vars(step)) for step in found.history],
    )


def _stretch(span: Span) -> Stretch:
    return Stretch(starts_at=span.starts_at, ends_at=span.ends_at, clinic_id=span.clinic_id)
