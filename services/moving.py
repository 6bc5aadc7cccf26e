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
from services.lapsed import end_lapsed_on
from services.moves import again, entries, entry, find, lock_days, move
from services.permissions import Actor, require
from services.placing import Wish, rules_of
from services.returning import put_back
from services.undoing import last_moves, refuse_others_and_late

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
) -> Appointment:
    """The same visit of the same patient at that time of that doctor. Raises what `appointments.reschedule` raises."""
    query = entries().where(col(Appointment.id) == inputs.number(appointment_id, "appointment_id"))
    async with db.snapshot() as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound(appointment_id=str(appointment_id))
    old = entry(row).appointment
    wish = Wish(
        patient_id=old.patient_id, doctor_id=doctor_id, starts_at=starts_at, mode=old.mode, visit=old.visit_type
    )
    return await appointments.reschedule(appointment_id, wish, by=by, now=now, version=version, tells=tells)


async def move_back(
    appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None, tells: bool | None = None
) -> Appointment:
    """The appointment that a move has made is given back the time that it came from, with its token and its fee.

    Raises NotFound, NotAllowed where another moved it, TooLate, Stale where it was not moved, or not as the last, and
    SlotTaken, PatientBusy and PlaceTaken where the old time is no longer free.
    """
    async with transaction() as tx:
        known = await find(tx, inputs.number(appointment_id, "appointment_id"))
        require(by, "change", known.appointment)
        if known.appointment.rescheduled_from is None:
            raise Stale(status=known.appointment.status)
        origin = (await find(tx, known.appointment.rescheduled_from)).appointment
        require(by, "change", origin)
        await lock_days(tx, [known.doctor_day, (origin.doctor_id, origin.day)], now)
        moved = await again(tx, known)
        moved.require_version(version)
        last, *before = await last_moves(tx, moved.appointment)
        if moved.appointment.status not in STANDS or before:
            raise Stale(status=moved.appointment.status)
        refuse_others_and_late(last, by, now)
        book = (await rules_of(tx, [origin.doctor_id])).get(origin.doctor_id)
        if book is None:
            raise NotFound(doctor_id=origin.doctor_id)
        await end_lapsed_on(tx, origin.doctor_id, origin.day, now)
        await move(tx, moved, Status.RESCHEDULED, by=by, now=now)
        return await put_back(tx, origin, moved.appointment.id, book=book, by=by, now=now, tells=tells)
