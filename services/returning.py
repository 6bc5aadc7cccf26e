"""Back to a time that an appointment once had: history is kept, so it is a new appointment, as the old one was."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from core.db import Transaction
from core.errors import NotFound, Stale
from models import Appointment
from models.appointment import Status
from services import inputs
from services.day_locks import lock_days
from services.lapsed import end_lapsed_on
from services.moves import Entry, again, find, move
from services.permissions import Actor, require
from services.placing import Placement, Wish, place, rules_of
from services.slots import Schedule, Slot, Why
from services.undoing import last_moves, refuse_others_and_late


@dataclass(frozen=True)
class Onward:
    """What a move has made, and what it was made of, while the days of both are ours."""

    made: Entry
    origin: Entry


async def onward(tx: Transaction, appointment_id: UUID, right: str, *, by: Actor, now: datetime) -> Onward:
    """Both ends of the move that made this appointment. Raises NotFound, NotAllowed, Stale where none made it."""
    known = await find(tx, inputs.number(appointment_id, "appointment_id"))
    require(by, right, known.appointment)
    if known.appointment.rescheduled_from is None:
        raise Stale(status=known.appointment.status)
    source = await find(tx, known.appointment.rescheduled_from)
    require(by, right, source.appointment)
    await lock_days(tx, [known.doctor_day, source.doctor_day], now)
    return Onward(await again(tx, known), await again(tx, source))


async def require_untouched(tx: Transaction, made: Entry, version: int | None, *, by: Actor, now: datetime) -> None:
    """Raise Stale where something has happened to it since, NotAllowed and TooLate where `by` may not take it back."""
    made.require_version(version)
    last, *before = await last_moves(tx, made.appointment)
    if before:
        raise Stale(status=made.appointment.status)
    refuse_others_and_late(last, by, now)


async def go_back(tx: Transaction, ends: Onward, *, by: Actor, now: datetime, tells: bool | None = None) -> Appointment:
    """To where it was moved from. Raises NotFound where that doctor is gone, and what `put_back` raises."""
    origin = ends.origin.appointment
    if origin.status != Status.RESCHEDULED:
        raise Stale(status=origin.status)
    book = (await rules_of(tx, [origin.doctor_id])).get(origin.doctor_id)
    if book is None:
        raise NotFound(doctor_id=origin.doctor_id)
    await end_lapsed_on(tx, origin.doctor_id, origin.day, now)
    await move(tx, ends.made, Status.RESCHEDULED, by=by, now=now)
    return await put_back(tx, origin, ends.made.appointment.id, book=book, by=by, now=now, tells=tells)


async def put_back(
    tx: Transaction,
    old: Appointment,
    came_from: UUID,
    *,
    book: Schedule,
    by: Actor,
    now: datetime,
    tells: bool | None = None,
) -> Appointment:
    """With the old token, status and fee. The days are locked; whoever took the old's place has left it.

    Raises SlotTaken, PatientBusy, PlaceTaken.
    """
    wish = Wish(
        patient_id=old.patient_id, doctor_id=old.doctor_id, starts_at=old.starts_at, mode=old.mode, visit=old.visit_type
    )
    slot = Slot(old.starts_at, old.ends_at, old.busy_until, Why.OPEN, (), old.clinic_id)
    how = Placement(
        status=Status.CHECKED_IN if old.checked_in_at else Status.BOOKED,
        source=old.source,
        token=old.token,
        rescheduled_from=came_from,
        therapist_id=old.therapist_id,
        room_id=old.room_id,
        course_id=old.course_id,
        is_emergency=old.is_emergency,
        checked_in_at=old.checked_in_at,
        skipped_at=old.skipped_at,
    )
    priced = replace(book, fee=old.fee)
    return await place(tx, wish, slot, old.day, how, book=priced, by=by, now=now, tells=tells)
