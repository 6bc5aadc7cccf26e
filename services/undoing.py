"""The last move at the door is taken back: by whoever made it, while it is the last, and for some seconds only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, select
from sqlmodel import col

from core.audit import AuditEntry
from core.db import Transaction, transaction
from core.errors import NotAllowed, Stale
from models import Appointment
from models.appointment import Source, Status
from services import inputs
from services.desk_payments import require_unpaid
from services.moves import EVENTS, PASSED_OVER, REASSIGNED, TAKEN_BACK, Entry, locked, move
from services.permissions import Actor, require
from services.refusals import TooLate
from services.time_history import recorded
from services.visits import require_nobody_inside, times_of

UNDO_FOR = timedelta(seconds=10)
"""How long a screen offers it."""

ON_THE_WAY = timedelta(seconds=2)
"""What the click may need to come here."""

RIGHTS = {
    EVENTS[Status.CHECKED_IN]: "receive",
    EVENTS[Status.NO_SHOW]: "receive",
    PASSED_OVER: "receive",
    REASSIGNED: "receive",
    EVENTS[Status.IN_CONSULTATION]: "treat",
    EVENTS[Status.COMPLETED]: "treat",
}
"""What can be taken back, and what one must be allowed to do for it: the same as to do it."""


async def undo(appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """Take back the last check-in, walk-in, start, finish, no-show, recall, passing over, or other therapist or room.

    Raises NotFound, NotAllowed where another did it, TooLate, Stale where it is not the last that happened, DoctorBusy
    where another patient is inside by now, AlreadyPaid of a walk-in who has paid, and SlotTaken, PatientBusy and
    PlaceTaken where the time is no longer free.
    """
    async with transaction() as tx:
        old = await locked(tx, inputs.number(appointment_id, "appointment_id"), now)
        require(by, "receive", old.appointment)
        old.require_version(version)
        last, *before = await last_moves(tx, old.appointment)
        if last.action not in RIGHTS:
            raise Stale(status=old.appointment.status)
        require(by, RIGHTS[last.action], old.appointment)
        refuse_others_and_late(last, by, now)
        target, values = await _as_it_was(tx, old, last, before, now)
        return await move(tx, old, target, by=by, now=now, kind=TAKEN_BACK, **values)


def refuse_others_and_late(last: Row[Any], by: Actor, now: datetime) -> None:
    """Raises NotAllowed where another made the last move, TooLate where it was made too long ago."""
    if last.actor_id != by.user_id:
        raise NotAllowed(action="undo")
    if now - last.occurred_at > UNDO_FOR + ON_THE_WAY:
        raise TooLate


async def _as_it_was(
    tx: Transaction, old: Entry, last: Row[Any], before: Sequence[Row[Any]], now: datetime
) -> tuple[Status, dict[str, Any]]:
    """Where the appointment was, and the columns that were otherwise."""
    appointment, done = old.appointment, last.action
    previous = before[0] if before else None
    if done == REASSIGNED:
        return appointment.status, last.details["was"]
    if done == PASSED_OVER:
        is_second = previous is not None and previous.action == PASSED_OVER
        return Status.CHECKED_IN, {"skipped_at": previous.occurred_at if previous and is_second else None}
    if done == EVENTS[Status.COMPLETED]:
        await _require_not_sent_on(tx, appointment)
        await require_nobody_inside(tx, old, now)
        return Status.IN_CONSULTATION, {"ended_at": None}
    if done == EVENTS[Status.IN_CONSULTATION]:
        return Status.CHECKED_IN, {"started_at": None}
    if done == EVENTS[Status.NO_SHOW]:
        return (Status.BOOKED if appointment.checked_in_at is None else Status.CHECKED_IN), {}
    return await _before_he_came(tx, appointment, last, previous)


async def _before_he_came(
    tx: Transaction, appointment: Appointment, last: Row[Any], previous: Row[Any] | None
) -> tuple[Status, dict[str, Any]]:
    """Of one who was checked in, recalled, or added as a walk-in."""
    if previous is not None and previous.action == EVENTS[Status.NO_SHOW]:
        return Status.NO_SHOW, times_of(last.details["was"])
    # One who came by being sent on is called back: `calling_back.call_back`.
    if previous is None and appointment.rescheduled_from is not None:
        raise Stale(status=appointment.status)
    if appointment.source != Source.WALK_IN:
        # Of one who was booked before there was a trail, as the demo's are, nothing else is recorded.
        return Status.BOOKED, {"checked_in_at": None}
    # One who came without an appointment was never booked, but may have been added by mistake.
    if previous is not None:
        raise Stale(status=appointment.status)
    await require_unpaid(tx, appointment.id)
    return Status.EXPIRED, {}


async def _require_not_sent_on(tx: Transaction, appointment: Appointment) -> None:
    """Raise Stale where the visit ended because he was sent on: `calling_back.call_back` is for that."""
    onward = (
        col(Appointment.rescheduled_from) == appointment.id,
        col(Appointment.patient_id) == appointment.patient_id,
        col(Appointment.status) != Status.EXPIRED,
    )
    if (await tx.execute(select(exists().where(*onward)))).scalar_one():
        raise Stale(status=appointment.status)


async def last_moves(tx: Transaction, appointment: Appointment) -> Sequence[Row[Any]]:
    """The last two, the latest first. Raises Stale where there is none."""
    columns = (AuditEntry.action, AuditEntry.actor_id, AuditEntry.occurred_at, AuditEntry.details)
    query = recorded([appointment.id], appointment.created_at, *map(col, columns)).limit(2)
    if not (found := (await tx.execute(query)).all()):
        raise Stale(status=appointment.status)
    return found
