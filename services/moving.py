"""The desk moves an appointment to another time or doctor, and takes that back.

A move is taken back by whoever made it, while nothing has happened to it since, and for some seconds only.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import col

from core import db
from core.db import transaction
from core.errors import NotFound, Stale
from models import Appointment
from models.appointment import Status
from services import appointments, inputs
from services.moves import entries, entry
from services.permissions import Actor
from services.placing import Wish
from services.returning import go_back, onward, require_untouched
from services.therapy.assigning import assign, reschedule_to

STANDS = frozenset({Status.BOOKED, Status.CHECKED_IN})
"""What one who was moved is, as long as nothing else has become of him."""


async def move_to(
    appointment_id: UUID,
    doctor_id: int,
    starts_at: datetime,
    *,
    by: Actor,
    now: datetime,
    version: int | None = None,
    tells: bool | None = None,
    place: tuple[str, int] | None = None,
) -> Appointment:
    """The same visit of the same patient at that time of that doctor; `place` is another therapist or room for it.

    Raises what `appointments.reschedule` and `assign` raise.
    """
    query = entries().where(col(Appointment.id) == inputs.number(appointment_id, "appointment_id"))
    async with db.snapshot() as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound(appointment_id=str(appointment_id))
    old = entry(row).appointment
    wish = Wish(
        patient_id=old.patient_id, doctor_id=doctor_id, starts_at=starts_at, mode=old.mode, visit=old.visit_type
    )
    if place is None:
        return await appointments.reschedule(appointment_id, wish, by=by, now=now, version=version, tells=tells)
    if wish.is_met_by(old):
        return await assign(appointment_id, *place, by=by, now=now, version=version)
    return await reschedule_to(appointment_id, wish, *place, by=by, now=now, version=version, tells=tells)


async def move_back(
    appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None, tells: bool | None = None
) -> Appointment:
    """The appointment that a move has made is given back the time that it came from, with its token and its fee.

    Raises NotFound, NotAllowed where another moved it, TooLate, Stale where it was not moved, or not as the last, and
    SlotTaken, PatientBusy and PlaceTaken where the old time is no longer free.
    """
    async with transaction() as tx:
        ends = await onward(tx, appointment_id, "change", by=by, now=now)
        if ends.made.appointment.status not in STANDS:
            raise Stale(status=ends.made.appointment.status)
        await require_untouched(tx, ends.made, version, by=by, now=now)
        return await go_back(tx, ends, by=by, now=now, tells=tells)
