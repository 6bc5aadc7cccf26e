"""The day of the visit: walk-ins and emergencies, check in, start, complete, no-show, recall."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlmodel import col

from core.db import Transaction, transaction
from models import Appointment
from models.appointment import Source, Status
from models.doctor import Mode
from models.visit import VisitType
from services import schedules
from services.moves import Entry, Lock, lock_days, locked, move
from services.permissions import Actor, require
from services.placing import Placement, Subject, Wish, place
from services.refusals import DayFull, DoctorBusy, TooEarly
from services.slots import Schedule, Slot, Taken, Why
from services.walls import bounds

EARLIEST_CHECK_IN = timedelta(hours=12)
"""How long before the time somebody may be checked in."""


async def check_in(appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """The patient is here. Raises NotFound, NotAllowed, TooEarly, Stale."""
    async with transaction() as tx:
        old = await _for_staff(tx, appointment_id, "receive", by, now, version)
        if old.appointment.starts_at - now > EARLIEST_CHECK_IN:
            raise TooEarly
        return await move(tx, old, Status.CHECKED_IN, by=by, now=now, checked_in_at=now)


async def start(appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """The patient goes in; one at a time. Raises NotFound, NotAllowed, DoctorBusy, Stale."""
    async with transaction() as tx:
        old = await _for_staff(tx, appointment_id, "treat", by, now, version)
        inside = (
            col(Appointment.doctor_id) == old.appointment.doctor_id,
            col(Appointment.day) == old.appointment.day,
            col(Appointment.status) == Status.IN_CONSULTATION,
            col(Appointment.id) != appointment_id,
        )
        if (await tx.execute(select(exists().where(*inside)))).scalar_one():
            raise DoctorBusy
        return await move(tx, old, Status.IN_CONSULTATION, by=by, now=now, started_at=now)


async def complete(appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """The visit is over. Raises NotFound, NotAllowed, Stale."""
    async with transaction() as tx:
        old = await _for_staff(tx, appointment_id, "treat", by, now, version)
        return await move(tx, old, Status.COMPLETED, by=by, now=now, ended_at=now)


async def no_show(appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """The patient did not come, or left; his time is free again. Raises NotFound, NotAllowed, TooEarly, Stale."""
    async with transaction() as tx:
        old = await _for_staff(tx, appointment_id, "receive", by, now, version)
        if old.appointment.starts_at > now:
            raise TooEarly
        return await move(tx, old, Status.NO_SHOW, by=by, now=now)


async def recall(appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """One who was given up is here after all: he gets his time back or, where it is gone, the first gap after now.

    Raises NotFound, NotAllowed, DayFull, Stale.
    """
    async with transaction() as tx:
        old = await _for_staff(tx, appointment_id, "receive", by, now, version)
        appointment = old.appointment
        book = await schedules.schedule(tx.connection, appointment.doctor_id, appointment.day, appointment.day)
        taken = [each for each in book.taken if each.is_active(now)]
        times: dict[str, Any] = {}
        if any(t.starts_at < appointment.busy_until and t.busy_until > appointment.starts_at for t in taken):
            length = appointment.busy_until - appointment.starts_at
            starts_at = first_gap(taken, now, bounds(appointment.day, book.zone)[1], length)
            shift = starts_at - appointment.starts_at
            times = {name: getattr(appointment, name) + shift for name in ("starts_at", "ends_at", "busy_until")}
        return await move(tx, old, Status.CHECKED_IN, by=by, now=now, checked_in_at=now, **times)


async def walk_in(
    patient_id: int, doctor_id: int, *, by: Actor, now: datetime, visit: VisitType = VisitType.FOLLOW_UP
) -> Appointment:
    """Someone came without an appointment: he gets the next token and the first gap within today's hours.

    Raises NotFound, NotAllowed, DayFull, PatientBusy.
    """
    return await _squeeze_in(patient_id, doctor_id, visit, by=by, now=now, is_emergency=False)


async def emergency(
    patient_id: int, doctor_id: int, *, by: Actor, now: datetime, visit: VisitType = VisitType.FOLLOW_UP
) -> Appointment:
    """Someone who cannot wait: the first gap of today, in the doctor's hours or not; the queue puts him first.

    Raises NotFound, NotAllowed, DayFull, PatientBusy.
    """
    return await _squeeze_in(patient_id, doctor_id, visit, by=by, now=now, is_emergency=True)


def first_gap(taken: Sequence[Taken], since: datetime, until: datetime, length: timedelta) -> datetime:
    """The first full minute from `since` on that nothing occupies for so long, before `until`. Raises DayFull."""
    start = since.replace(second=0, microsecond=0)
    start += timedelta(minutes=1) if start < since else timedelta()
    for each in sorted(taken, key=lambda t: t.starts_at):
        if each.starts_at < start + length and each.busy_until > start:
            start = each.busy_until
    if start + length > until:
        raise DayFull
    return start


async def _squeeze_in(
    patient_id: int, doctor_id: int, visit: VisitType, *, by: Actor, now: datetime, is_emergency: bool
) -> Appointment:
    async with transaction() as tx:
        day = await schedules.day_of(tx.connection, doctor_id, now)
        locks = await lock_days(tx, [(doctor_id, day)], now, tokens=1)
        book = await schedules.schedule(tx.connection, doctor_id, day, day)
        require(by, "receive", Subject(patient_id, doctor_id, book.clinic_id))
        slot = _gap(book, day, visit, now, is_emergency=is_emergency)
        wish = Wish(
            patient_id=patient_id, doctor_id=doctor_id, starts_at=slot.starts_at, mode=Mode.IN_PERSON, visit=visit
        )
        how = _present(locks[doctor_id, day], now, is_emergency=is_emergency)
        return await place(tx, wish, slot, day, how, book=book, by=by, now=now)


def _gap(book: Schedule, day: date, visit: VisitType, now: datetime, *, is_emergency: bool) -> Slot:
    length = book.length(visit)
    minutes, buffer = timedelta(minutes=length.minutes), timedelta(minutes=length.buffer_minutes)
    away = (*book.leaves, *book.closures) if not is_emergency else ()
    taken = [each for each in book.taken if each.is_active(now)]
    taken += [Taken(span.starts_at, span.ends_at, span.ends_at, Status.BOOKED) for span in away]
    spans = [(opens, closes, stretch.clinic_id) for stretch, opens, closes in book.stretches(day) if closes > now]
    if is_emergency:
        spans = [(now, bounds(day, book.zone)[1], book.clinic_id)]
    for opens, closes, clinic_id in spans:
        try:
            starts_at = first_gap(taken, max(opens, now), closes, minutes + buffer)
        except DayFull:
            continue
        return Slot(starts_at, starts_at + minutes, starts_at + minutes + buffer, Why.OPEN, (), clinic_id)
    raise DayFull


def _present(lock: Lock, now: datetime, *, is_emergency: bool) -> Placement:
    return Placement(
        status=Status.CHECKED_IN,
        source=Source.WALK_IN,
        token=lock.last_token,
        is_emergency=is_emergency,
        checked_in_at=now,
    )


async def _for_staff(
    tx: Transaction, appointment_id: UUID, action: str, by: Actor, now: datetime, version: int | None
) -> Entry:
    old = await locked(tx, appointment_id, now)
    require(by, action, old.appointment)
    old.require_version(version)
    return old
