"""The day of the visit: walk-ins and emergencies, check in, start, complete, no-show, recall."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from core.db import Transaction, transaction
from core.errors import NotAllowed, Stale
from models import Appointment
from models.appointment import Source, Status
from models.doctor import Mode
from models.visit import VisitType
from services import inputs, schedules
from services.day_locks import lock_days
from services.gaps import Room, clinics_of, first_gap, gap, todays_rooms
from services.lapsed import end_lapsed, end_lapsed_on, lapsed_of
from services.moves import PASSED_OVER, Entry, again, find, locked, move
from services.partitions import next_bound
from services.permissions import Actor, can, require
from services.placing import Placement, Subject, Wish, place
from services.refusals import DoctorBusy, TooEarly, TooLate
from services.slots import Schedule
from services.walls import bounds, local_day

AROUND = timedelta(hours=12)
"""How far from the time somebody may be checked in; a consultation that began longer ago was forgotten."""


async def check_in(appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """The patient is here. Raises NotFound, NotAllowed, TooEarly, TooLate, Stale."""
    async with transaction() as tx:
        old = await locked(tx, inputs.number(appointment_id, "appointment_id"), now)
        return await checking_in(tx, old, by=by, now=now, version=version)


async def checking_in(
    tx: Transaction, old: Entry, *, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """`check_in` within the caller's transaction, which has locked the day."""
    require(by, "receive", old.appointment)
    old.require_version(version)
    if old.appointment.status != Status.BOOKED:
        # One who was given up is recalled: his time may be gone.
        raise Stale(status=old.appointment.status)
    if old.appointment.starts_at - now > AROUND:
        raise TooEarly
    if now - old.appointment.starts_at > AROUND:
        raise TooLate
    return await move(tx, old, Status.CHECKED_IN, by=by, now=now, checked_in_at=now)


async def start(appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """The patient goes in; one at a time, past midnight too. Raises NotFound, NotAllowed, DoctorBusy, Stale."""
    async with transaction() as tx:
        old = await _for_staff(tx, appointment_id, "treat", by, now, version)
        return await begin(tx, old, by=by, now=now)


async def begin(tx: Transaction, old: Entry, *, by: Actor, now: datetime) -> Appointment:
    """`start` within the caller's transaction, which has locked the day and asked whether he may."""
    await require_nobody_inside(tx, old, now)
    return await move(tx, old, Status.IN_CONSULTATION, by=by, now=now, started_at=now)


async def require_nobody_inside(tx: Transaction, old: Entry, now: datetime) -> None:
    """Raise DoctorBusy where another patient is with the doctor of that appointment."""
    inside = (
        col(Appointment.doctor_id) == old.appointment.doctor_id,
        col(Appointment.starts_at).between(now - 2 * AROUND, now + 2 * AROUND),
        col(Appointment.status) == Status.IN_CONSULTATION,
        col(Appointment.started_at) > now - AROUND,
        col(Appointment.id) != old.appointment.id,
    )
    if (found := (await tx.execute(select(col(Appointment.id)).where(*inside).limit(1))).scalar()) is not None:
        raise DoctorBusy(appointment_id=str(found))


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


async def skip(appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """Called, and not there: he is passed over, and goes in later. Raises NotFound, NotAllowed, Stale."""
    async with transaction() as tx:
        old = await _for_staff(tx, appointment_id, "receive", by, now, version)
        if old.appointment.status != Status.CHECKED_IN:
            raise Stale(status=old.appointment.status)
        return await move(tx, old, Status.CHECKED_IN, by=by, now=now, kind=PASSED_OVER, skipped_at=now)


async def recall(appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """One who was given up is here after all: he gets his time back or, where it is gone, the first gap after now.

    Only on the same day. Raises NotFound, NotAllowed, TooLate, DayFull, PatientBusy, PlaceTaken, Stale.
    """
    async with transaction() as tx:
        known = await find(tx, inputs.number(appointment_id, "appointment_id"))
        lapsed = await lapsed_of(tx, known.appointment.patient_id, now)
        await lock_days(tx, [known.doctor_day, *(held.doctor_day for held in lapsed)], now)
        old = await again(tx, known)
        require(by, "receive", old.appointment)
        old.require_version(version)
        appointment = old.appointment
        if appointment.status != Status.NO_SHOW:
            raise Stale(status=appointment.status)
        book = await schedules.schedule(tx.connection, appointment.doctor_id, appointment.day, appointment.day)
        if local_day(now, book.zone) != appointment.day:
            raise TooLate
        await end_lapsed(tx, lapsed, now)
        await end_lapsed_on(tx, *old.doctor_day, now)
        times = _times_for(appointment, book, now)
        noted = {"was": written_times(appointment)}
        return await move(tx, old, Status.CHECKED_IN, by=by, now=now, noted=noted, checked_in_at=now, **times)


TIMES = "starts_at", "ends_at", "busy_until", "checked_in_at"
"""The columns that a recall changes."""


def written_times(appointment: Appointment) -> dict[str, str | None]:
    """They as they stand, for the record."""
    stands = {name: getattr(appointment, name) for name in TIMES}
    return {name: moment and moment.isoformat() for name, moment in stands.items()}


def times_of(written: Mapping[str, str | None]) -> dict[str, datetime | None]:
    """The columns of `written_times` again, as moments."""
    return {name: datetime.fromisoformat(moment) if moment else None for name, moment in written.items()}


async def walk_in(
    patient_id: int, doctor_id: int, *, by: Actor, now: datetime, visit: VisitType = VisitType.FOLLOW_UP
) -> Appointment:
    """Someone came without an appointment: he gets the next token and the first gap within today's hours.

    Raises NotFound, NotAllowed, Invalid, DayFull, PatientBusy.
    """
    async with transaction() as tx:
        return await squeeze_in(tx, patient_id, doctor_id, visit, by=by, now=now, is_emergency=False)


async def emergency(
    patient_id: int, doctor_id: int, *, by: Actor, now: datetime, visit: VisitType = VisitType.FOLLOW_UP
) -> Appointment:
    """Someone who cannot wait: the first gap of today, in the doctor's hours or not; the queue puts him first.

    Raises NotFound, NotAllowed, Invalid, DayFull, PatientBusy.
    """
    async with transaction() as tx:
        return await squeeze_in(tx, patient_id, doctor_id, visit, by=by, now=now, is_emergency=True)


def _times_for(appointment: Appointment, book: Schedule, now: datetime) -> dict[str, Any]:
    """The columns of the time that one who is recalled gets: none where his own is free."""
    taken = [(each.starts_at, each.busy_until) for each in book.taken if each.is_active(now)]
    if not any(start < appointment.busy_until and end > appointment.starts_at for start, end in taken):
        return {}
    start_of_day, end_of_day = bounds(appointment.day, book.zone)
    bound = next_bound(start_of_day)
    length, buffer = appointment.ends_at - appointment.starts_at, appointment.busy_until - appointment.ends_at
    starts_at = first_gap([*taken, (bound, bound)], now, end_of_day, length, buffer=buffer)
    shift = starts_at - appointment.starts_at
    return {name: getattr(appointment, name) + shift for name in ("starts_at", "ends_at", "busy_until")}


async def squeeze_in(
    tx: Transaction,
    patient_id: int,
    doctor_id: int,
    visit: VisitType,
    *,
    by: Actor,
    now: datetime,
    is_emergency: bool,
    clinic_id: int | None = None,
) -> Appointment:
    """`walk_in` or `emergency` within an open transaction that has locked no doctor's day yet, or this one too.

    At that clinic, where one is named; else at any where `by` may receive him.
    """
    patient_id, doctor_id = inputs.identity(patient_id, "patient_id"), inputs.identity(doctor_id, "doctor_id")
    visit = inputs.one_of(VisitType, visit, "visit")
    day = await schedules.day_of(tx.connection, doctor_id, now)
    lapsed = await lapsed_of(tx, patient_id, now)
    today = doctor_id, day
    locks = await lock_days(tx, [today, *(held.doctor_day for held in lapsed)], now, tokens=1, drawn_from=[today])
    book = await schedules.schedule(tx.connection, doctor_id, day, day)
    schedules.require_day(book, now, day)
    clinics = {c for c in clinics_of(book) if can(by, "receive", Subject(patient_id, doctor_id, c))}
    if clinic_id is not None:
        clinics &= {clinic_id}
    if not clinics:
        raise NotAllowed(action="receive")
    rooms = list(todays_rooms(book, day, clinics))
    if is_emergency:
        rooms = [Room(now, bounds(day, book.zone)[1], _here(book, rooms, clinics, by, now))]
    slot = gap(book, day, visit, now, rooms)
    await end_lapsed(tx, lapsed, now)
    wish = Wish(patient_id=patient_id, doctor_id=doctor_id, starts_at=slot.starts_at, mode=Mode.IN_PERSON, visit=visit)
    how = _present(locks[today].last_token, now, is_emergency=is_emergency)
    return await place(tx, wish, slot, day, how, book=book, by=by, now=now)


def _here(book: Schedule, rooms: list[Room], clinics: Collection[int], by: Actor, now: datetime) -> int:
    """The clinic of one who cannot wait: where the doctor sits now, else where the desk is, else his home clinic."""
    sits_at = [room.clinic_id for room in rooms if room.opens <= now < room.closes]
    likely = (*sits_at, by.clinic_id, book.clinic_id, *sorted(clinics))
    return next(clinic for clinic in likely if clinic is not None and clinic in clinics)


def _present(token: int, now: datetime, *, is_emergency: bool) -> Placement:
    return Placement(
        status=Status.CHECKED_IN,
        source=Source.WALK_IN,
        token=token,
        is_emergency=is_emergency,
        checked_in_at=now,
    )


async def _for_staff(
    tx: Transaction, appointment_id: UUID, action: str, by: Actor, now: datetime, version: int | None
) -> Entry:
    old = await locked(tx, inputs.number(appointment_id, "appointment_id"), now)
    require(by, action, old.appointment)
    old.require_version(version)
    return old
