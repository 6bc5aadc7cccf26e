"""One who was sent on is called back: to his place in the line or, where he was inside, into the visit that he left."""

from datetime import datetime
from uuid import UUID

from core.db import Transaction, transaction
from core.errors import Stale
from models import Appointment
from models.appointment import Status
from services.desk_payments import require_unpaid
from services.moves import TAKEN_BACK, move
from services.permissions import Actor, require
from services.refusals import HasGoneIn
from services.returning import Onward, go_back, onward, require_untouched
from services.visits import require_nobody_inside

BEGUN = frozenset({Status.IN_CONSULTATION, Status.COMPLETED})


async def call_back(appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """Take back the sending that made this appointment: by whoever sent him, and for some seconds only.

    Raises NotFound, NotAllowed, TooLate, HasGoneIn where the other has begun, Stale where something else has become of
    him, SlotTaken, PatientBusy and PlaceTaken where his time is no longer free; where he was inside, also DoctorBusy
    while another is, and AlreadyPaid for what he was sent to.
    """
    async with transaction() as tx:
        ends = await onward(tx, appointment_id, "receive", by=by, now=now)
        sent, was = ends.made.appointment, ends.origin.appointment
        if sent.status in BEGUN:
            raise HasGoneIn
        if sent.status != Status.CHECKED_IN:
            raise Stale(status=sent.status)
        await require_untouched(tx, ends.made, version, by=by, now=now)
        if was.status != Status.COMPLETED:
            return await go_back(tx, ends, by=by, now=now)
        return await _go_on_inside(tx, ends, by=by, now=now)


async def _go_on_inside(tx: Transaction, ends: Onward, *, by: Actor, now: datetime) -> Appointment:
    """The visit was not over after all, and what it led to never was."""
    require(by, "treat", ends.origin.appointment)
    await require_nobody_inside(tx, ends.origin, now)
    await require_unpaid(tx, ends.made.appointment.id)
    await move(tx, ends.made, Status.EXPIRED, by=by, now=now, kind=TAKEN_BACK)
    return await move(tx, ends.origin, Status.IN_CONSULTATION, by=by, now=now, kind=TAKEN_BACK, ended_at=None)
