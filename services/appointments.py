"""The appointment book: hold a time, book it, let it go, cancel. A time is never sold twice."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from psycopg.errors import CheckViolation
from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from core import db
from core.db import Transaction, transaction
from core.errors import DomainError, Invalid
from core.tables import table
from core.words import N_
from models import Appointment, DoctorDay, Patient
from models.appointment import Source, Status
from models.doctor import Mode
from services import schedules
from services.moves import Entry, entries, entry, lock_days, locked, move, tell
from services.permissions import Actor, require
from services.slots import Schedule, Slot, SlotStatus

HOLD_FOR = timedelta(minutes=5)
"""How long a time is kept for one who is deciding."""

FARTHEST = timedelta(days=3660)
"""No book reaches so far from now; beyond it lie years that neither PostgreSQL nor Python can reckon with."""

ALTERNATIVES = 3
"""How many other times a refusal names."""


class SlotTaken(DomainError):
    """Someone else has that time. `data['alternatives']` are the three nearest open slots."""

    code = "slot_taken"
    message = N_("Someone else has just taken that time.")


class NotOpen(DomainError):
    """The doctor does not see patients at that time, or it can no longer be booked."""

    code = "not_open"
    message = N_("That time cannot be booked.")


class PatientBusy(DomainError):
    """The patient has another appointment then."""

    code = "patient_busy"
    message = N_("There is already an appointment at that time for this person.")


class HoldExpired(DomainError):
    """The hold ran out before it was confirmed."""

    code = "hold_expired"
    message = N_("The time we kept for you has run out. Please choose again.")


class BookNotOpenYet(DomainError):
    """The book has no pages for that quarter: no partition, so the worker's duty to make them ahead is behind."""

    code = "book_not_open_yet"
    message = N_("The appointment book for that time is not open yet. Please choose an earlier day.")


class TooLate(DomainError):
    """It has begun, or is over."""

    code = "too_late"
    message = N_("It is too late to change this appointment.")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What someone would like: this patient, at this doctor, at this instant."""

    patient_id: int
    doctor_id: int
    starts_at: datetime
    mode: Mode


async def hold(wish: Wish, *, by: Actor, now: datetime) -> Appointment:
    """Keep a time for five minutes; a patient holds one at a time, and holding it again renews it.

    Raises NotAllowed, Invalid, NotFound, NotOpen, BookNotOpenYet, PatientBusy, SlotTaken with the nearest open slots.
    """
    require(by, "book", wish)
    if wish.starts_at.tzinfo is None:
        raise Invalid(field="starts_at")
    if abs(wish.starts_at - now) > FARTHEST:
        raise NotOpen
    try:
        async with transaction() as tx:
            return await _hold(tx, wish, by, now)
    except SlotTaken as refusal:
        raise SlotTaken(alternatives=await nearest_open(wish, now)) from refusal


async def book(hold_id: UUID, *, by: Actor, now: datetime) -> Appointment:
    """Turn a hold into an appointment with a token; booking it twice gives the same answer.

    Raises NotFound, NotAllowed, HoldExpired.
    """
    async with transaction() as tx:
        held = await locked(tx, hold_id, now)
        require(by, "book", held.appointment)
        if held.appointment.status == Status.BOOKED:
            return held.appointment
        if held.appointment.status != Status.HELD or _has_lapsed(held, now):
            raise HoldExpired
        token = await _next_token(tx, held.appointment)
        return await move(tx, held, Status.BOOKED, by=by, now=now, held_until=None, token=token)


async def release(hold_id: UUID, *, by: Actor, now: datetime) -> None:
    """Let a hold go; one that is already over stays so. Raises NotFound, NotAllowed."""
    async with transaction() as tx:
        held = await locked(tx, hold_id, now)
        require(by, "book", held.appointment)
        if held.appointment.status == Status.HELD:
            await move(tx, held, Status.EXPIRED, by=by, now=now)


async def cancel(appointment_id: UUID, *, by: Actor, now: datetime) -> Appointment:
    """Free the time and tell whoever watches it; cancelling twice gives the same answer.

    Raises NotFound, NotAllowed, TooLate, Stale.
    """
    async with transaction() as tx:
        old = await locked(tx, appointment_id, now)
        require(by, "cancel", old.appointment)
        if old.appointment.status == Status.CANCELLED:
            return old.appointment
        if old.appointment.starts_at <= now:
            raise TooLate
        return await move(tx, old, Status.CANCELLED, by=by, now=now)


async def expire_holds(now: datetime) -> int:
    """Free every hold that ran out, each doctor's day in a transaction of its own; how many."""
    lapsed = col(Appointment.status) == Status.HELD, col(Appointment.held_until) <= now
    async with db.snapshot() as connection:
        days = (await connection.execute(select(col(Appointment.doctor_id), col(Appointment.day)).where(*lapsed))).all()
    freed = 0
    for doctor_id, day in sorted({(row.doctor_id, row.day) for row in days}):
        async with transaction() as tx:
            await lock_days(tx, [(doctor_id, day)], now)
            mine = col(Appointment.doctor_id) == doctor_id, col(Appointment.day) == day
            rows = (await tx.execute(entries().where(*mine, *lapsed))).all()
            for row in rows:
                await move(tx, entry(row), Status.EXPIRED, by=None, now=now)
            freed += len(rows)
    return freed


async def nearest_open(wish: Wish, now: datetime, *, count: int = ALTERNATIVES) -> list[Slot]:
    """The open slots of that doctor and mode that are nearest to the wished time, in order of time."""
    async with db.snapshot() as connection:
        day = await schedules.day_of(connection, wish.doctor_id, wish.starts_at)
        span = timedelta(days=7)
        book = await schedules.schedule(connection, wish.doctor_id, day - span, day + span)
    open_slots = [
        slot
        for offset in range(-7, 8)
        for slot in book.slots(day + timedelta(days=offset), now)
        if slot.status == SlotStatus.OPEN and wish.mode in slot.modes
    ]
    nearest = sorted(open_slots, key=lambda slot: abs(slot.starts_at - wish.starts_at))[:count]
    return sorted(nearest, key=lambda slot: slot.starts_at)


async def _hold(tx: Transaction, wish: Wish, by: Actor, now: datetime) -> Appointment:
    # One hold at a time for each patient, whatever the doctors: their days do not order it.
    await tx.execute(select(col(Patient.id)).where(col(Patient.id) == wish.patient_id).with_for_update(key_share=True))
    day = await schedules.day_of(tx.connection, wish.doctor_id, wish.starts_at)
    known = await _holds_in_the_way(tx, wish, day, now)
    await lock_days(tx, [(wish.doctor_id, day), *((h.appointment.doctor_id, h.appointment.day) for h in known)], now)
    # Again, now that nobody else can move those we locked; one that came since meets the constraints.
    known_ids = {held.appointment.id for held in known}
    for held in await _holds_in_the_way(tx, wish, day, now):
        appointment = held.appointment
        if _is_wished(appointment, wish) and not _has_lapsed(held, now):
            return await move(tx, held, Status.HELD, by=by, now=now, held_until=now + HOLD_FOR)
        if appointment.id in known_ids or (appointment.doctor_id, appointment.day) == (wish.doctor_id, day):
            await move(tx, held, Status.EXPIRED, by=None if _has_lapsed(held, now) else by, now=now)
    book = await schedules.schedule(tx.connection, wish.doctor_id, day, day)
    slot = _wished_slot(book, wish, day, now)
    inserted = await _insert(
        tx,
        Appointment(
            id=uuid4(),
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            day=day,
            doctor_id=wish.doctor_id,
            patient_id=wish.patient_id,
            clinic_id=book.clinic_id,
            status=Status.HELD,
            held_until=now + HOLD_FOR,
            mode=wish.mode,
            source=Source.WEB,
            fee=book.fee,
            created_at=now,
            updated_at=now,
        ),
    )
    tell(tx, inserted, account_id=by.user_id, by=by, now=now)
    return inserted


async def _insert(tx: Transaction, appointment: Appointment) -> Appointment:
    """Write it into the book, the doctor's day being locked. Raises PatientBusy, NotOpen, BookNotOpenYet."""
    insertion = insert(Appointment).values(appointment.model_dump()).on_conflict_do_nothing()
    try:
        row = (await tx.execute(insertion.returning(table(Appointment)))).first()
    except IntegrityError as error:
        if not isinstance(error.orig, CheckViolation):
            raise
        # A row that no partition takes violates no constraint that has a name; one that spans a bound does.
        raise (NotOpen if error.orig.diag.constraint_name else BookNotOpenYet) from error
    if row is None:
        # Our lock orders all writers of this doctor's day, so it is the patient's other appointment.
        raise PatientBusy
    return Appointment.model_validate(dict(row._mapping))


async def _holds_in_the_way(tx: Transaction, wish: Wish, day: date, now: datetime) -> list[Entry]:
    """The patient's own holds anywhere, and the lapsed ones of anyone on that doctor's day."""
    query = entries().where(
        col(Appointment.status) == Status.HELD,
        or_(
            col(Appointment.patient_id) == wish.patient_id,
            (col(Appointment.doctor_id) == wish.doctor_id)
            & (col(Appointment.day) == day)
            & (col(Appointment.held_until) <= now),
        ),
    )
    return [entry(row) for row in (await tx.execute(query)).all()]


def _wished_slot(book: Schedule, wish: Wish, day: date, now: datetime) -> Slot:
    slots = book.slots(day, now)
    slot = next((s for s in slots if s.starts_at == wish.starts_at and wish.mode in s.modes), None)
    if slot is None or slot.status == SlotStatus.BLOCKED:
        raise NotOpen
    if slot.status != SlotStatus.OPEN:
        raise SlotTaken
    return slot


async def _next_token(tx: Transaction, appointment: Appointment) -> int:
    """The day's next token; the lock on the day keeps the numbers without gap or repeat."""
    query = (
        update(DoctorDay)
        .where(col(DoctorDay.doctor_id) == appointment.doctor_id, col(DoctorDay.day) == appointment.day)
        .values(last_token=col(DoctorDay.last_token) + 1)
        .returning(col(DoctorDay.last_token))
    )
    token: int = (await tx.execute(query)).scalar_one()
    return token


def _is_wished(appointment: Appointment, wish: Wish) -> bool:
    return (appointment.patient_id, appointment.doctor_id, appointment.starts_at, appointment.mode) == (
        wish.patient_id,
        wish.doctor_id,
        wish.starts_at,
        wish.mode,
    )


def _has_lapsed(held: Entry, now: datetime) -> bool:
    until = held.appointment.held_until
    return until is None or until <= now
