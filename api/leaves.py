"""`/api/doctors/{doctorId}/leaves`: a leave with what becomes of whom it strands, previewed, taken, and taken back."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from api import wire
from api.model import Body, Model
from api.operation import Asked, Described, Known, asks, written
from api.types import BodyId, DoctorId, Id, Instant
from core import clock
from core.errors import Invalid
from services.absence.leaves import Away
from services.absence.resolutions import Resolved
from services.absence.resolver import commit
from services.absence.resolver import preview as leave_preview
from services.absence.strandings import Choices, Instead, MoveTo, Plan
from services.absence.undo import undo_leave
from services.permissions import Access

MOST_CHOICES = 200

LeaveId = Annotated[Id, Path(alias="leaveId", description="The `id` that was answered.")]


class LeaveAction(StrEnum):
    """What is to become of an appointment that cannot stay."""

    MOVE = "move"
    CANCEL = "cancel"
    OFFER = "offer"


class LeaveChoice(Body):
    """Another wish for one appointment than what is proposed; `move` needs `doctorId` and `startsAt`."""

    appointment_id: UUID
    action: LeaveAction
    doctor_id: BodyId | None = None
    starts_at: Instant | None = None


class Leave(Body):
    """When the doctor is away, and what is wished for single appointments."""

    starts_at: Instant
    ends_at: Instant
    choices: list[LeaveChoice] = Field(default=[], max_length=MOST_CHOICES)


class Replacement(Model):
    """The time that is proposed instead."""

    doctor_id: BodyId
    starts_at: Instant
    ends_at: Instant


class Stranded(Model):
    """An appointment that cannot stay; without a replacement it would be cancelled."""

    appointment: wire.Appointment
    replacement: Replacement | None


class LeavePreview(Model):
    """What the leave would do; `holds` that are being decided upon would end."""

    stranded: list[Stranded]
    holds: int = Field(examples=[1])


class MovedAppointment(Model):
    """The appointment that could not stay, and the one in its place."""

    appointment_id: UUID
    appointment: wire.Appointment


class LeaveTaken(Model):
    """What was done; `id` is the leave's. Of those cancelled, the `offered` wait for an offer."""

    id: BodyId
    moved: list[MovedAppointment]
    cancelled: list[UUID]
    offered: list[UUID]


@asks(Access.STAFF)
async def take(
    doctor_id: DoctorId,
    given: Leave,
    by: Known,
    asked: Asked,
    preview: Annotated[bool, Query(description="Only say what it would do.")] = False,
) -> Response:
    """Take a leave and move, cancel or offer what it strands, as one; with `preview`, only say what it would do."""
    now = clock.now()
    away = Away(doctor_ids=(doctor_id,), starts_at=given.starts_at, ends_at=given.ends_at)
    choices = _choices(given.choices)
    if preview:
        return _json(_preview(await leave_preview(away, by=by, now=now, choices=choices)), 200)
    done = await commit(away, by=by, now=now, choices=choices, asked=asked.once(_taken))
    return _json(_taken(done), 201)


@asks(Access.STAFF)
async def undo(leave_id: LeaveId, by: Known) -> None:
    """Take a leave back as one: everybody is at his old time again, or nothing is done."""
    await undo_leave(leave_id, by=by, now=clock.now())


def _choices(given: list[LeaveChoice]) -> Choices:
    found: dict[UUID, MoveTo | Instead] = {}
    for each in given:
        if each.action is not LeaveAction.MOVE:
            found[each.appointment_id] = Instead(each.action)
        elif each.doctor_id is None or each.starts_at is None:
            raise Invalid(field="choices")
        else:
            found[each.appointment_id] = MoveTo(doctor_id=each.doctor_id, starts_at=each.starts_at)
    return found


def _preview(plan: Plan) -> LeavePreview:
    return LeavePreview(
        stranded=[
            Stranded(
                appointment=wire.appointment(each.appointment, patient=wire.Person(name=each.patient)),
                replacement=each.replacement
                and Replacement(
                    doctor_id=each.replacement.doctor_id,
                    starts_at=each.replacement.slot.starts_at,
                    ends_at=each.replacement.slot.ends_at,
                ),
            )
            for each in plan.stranded
        ],
        holds=len(plan.holds),
    )


def _taken(done: Resolved) -> LeaveTaken:
    (leave_id,) = done.leave_ids
    return LeaveTaken(
        id=leave_id,
        moved=[
            MovedAppointment(appointment_id=old, appointment=wire.appointment(new)) for old, new in done.moved.items()
        ],
        cancelled=list(done.cancelled),
        offered=list(done.offered),
    )


def _json(model: Model, status: int) -> Response:
    return Response(written(model), status, media_type="application/json")


ANSWERS: dict[int | str, dict[str, Any]] = {200: {"model": LeavePreview}}

OPERATIONS: list[Described] = [
    (
        "POST",
        "/doctors/{doctorId}/leaves",
        take,
        {"status_code": 201, "response_model": LeaveTaken, "responses": ANSWERS},
    ),
    ("POST", "/leaves/{leaveId}/undo", undo, {"status_code": 204}),
]
