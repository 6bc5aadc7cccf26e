"""The appointment book as patients and the front desk use it: hold, book, let go, cancel, reschedule."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from core import db
from core.db import Transaction, transaction
from core.errors import Invalid
from models import Appointment, Clinic
from models.appointment import Source, Status
from models.user import Role
from services import schedules
from services.moves import Entry, again, entries, entry, find, lock_days, locked, move, next_token
from services.permissions import Actor, require
from services.placing import Placement, Subject, Wish, place, rules_of, wished_slot
from services.refusals import HoldExpired, SlotTaken, TooLate
from services.slots import Schedule, Slot, Why

HOLD_FOR = timedelta(minutes=5)
"""How long a time is kept for one who is deciding."""

ALTERNATIVES = 3
"""How many other times a refusal names."""

AROUND = timedelta(days=7)
"""How far from the wished time alternatives are looked for."""


async def hold(wish: Wish, *, by: Actor, now: datetime) -> Appointment:
    """Keep a time for five minutes; a patient holds one at a time, and holding it again renews it.

    Raises NotAllowed, Invalid, NotFound, NotOpen, PatientBusy, SlotTaken with the nearest open slots.
    """
    _require_aware(wish)
    try:
        async with transaction() as tx:
            day = await schedules.day_of(tx.connection, wish.doctor_id, wish.starts_at)
            known = await _holds_of(tx, wish)
            await lock_days(tx, [(wish.doctor_id, day), *(_day(held) for held in known)], now)
            book = await _book_of(tx, wish, by)
            slot = wished_slot(book, wish, day, now, by_staff=by.role != Role.PATIENT)
            if (mine := await _let_others_go(tx, wish, known, by, now)) is not None:
                return await move(tx, mine, Status.HELD, by=by, now=now, held_until=now + HOLD_FOR)
            how = Placement(status=Status.HELD, source=_source(by), held_until=now + HOLD_FOR)
            return await place(tx, wish, slot, day, how, book=book, by=by, now=now)
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
        if held.appointment.status != Status.HELD or has_lapsed(held, now):
            raise HoldExpired
        token = await next_token(tx, *_day(held))
        return await move(tx, held, Status.BOOKED, by=by, now=now, held_until=None, token=token)


async def book_at(wish: Wish, *, by: Actor, now: datetime, source: Source | None = None) -> Appointment:
    """Book without holding first, as the phone and programs do.

    Raises NotAllowed, Invalid, NotFound, NotOpen, PatientBusy, SlotTaken with the nearest open slots.
    """
    _require_aware(wish)
    try:
        async with transaction() as tx:
            day = await schedules.day_of(tx.connection, wish.doctor_id, wish.starts_at)
            locks = await lock_days(tx, [(wish.doctor_id, day)], now, tokens=1)
            book = await _book_of(tx, wish, by)
            slot = wished_slot(book, wish, day, now, by_staff=by.role != Role.PATIENT)
            token = locks[wish.doctor_id, day].last_token
            how = Placement(status=Status.BOOKED, source=source or _source(by), token=token)
            return await place(tx, wish, slot, day, how, book=book, by=by, now=now)
    except SlotTaken as refusal:
        raise SlotTaken(alternatives=await nearest_open(wish, now)) from refusal


async def release(hold_id: UUID, *, by: Actor, now: datetime) -> None:
    """Let a hold go; one that is already over stays so. Raises NotFound, NotAllowed."""
    async with transaction() as tx:
        held = await locked(tx, hold_id, now)
        require(by, "book", held.appointment)
        if held.appointment.status == Status.HELD:
            await move(tx, held, Status.EXPIRED, by=by, now=now)


async def cancel(appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """Free the time and tell whoever watches it; cancelling twice gives the same answer.

    Raises NotFound, NotAllowed, TooLate, Stale when `version` is not the one that it has.
    """
    async with transaction() as tx:
        old = await locked(tx, appointment_id, now)
        require(by, "change", old.appointment)
        if old.appointment.status == Status.CANCELLED:
            return old.appointment
        old.require_version(version)
        await refuse_if_late(tx, old.appointment, by, now)
        return await move(tx, old, Status.CANCELLED, by=by, now=now)


async def reschedule(
    appointment_id: UUID, wish: Wish, *, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """Give the patient the wished time, perhaps of another doctor, and free the old one: both, or neither.

    The new appointment comes back; the old one is RESCHEDULED. Raises what `book_at` and `cancel` raise.
    """
    _require_aware(wish)
    try:
        async with transaction() as tx:
            day = await schedules.day_of(tx.connection, wish.doctor_id, wish.starts_at)
            known = await find(tx, appointment_id)
            await lock_days(tx, [(wish.doctor_id, day), _day(known)], now)
            old = await again(tx, known)
            require(by, "change", old.appointment)
            if old.appointment.patient_id != wish.patient_id:
                raise Invalid(field="patient_id")
            old.require_version(version)
            await refuse_if_late(tx, old.appointment, by, now)
            book = await _book_of(tx, wish, by)
            slot = wished_slot(book, wish, day, now, by_staff=by.role != Role.PATIENT)
            await move(tx, old, Status.RESCHEDULED, by=by, now=now)
            token = await next_token(tx, wish.doctor_id, day)
            how = Placement(
                status=Status.BOOKED, source=old.appointment.source, token=token, rescheduled_from=appointment_id
            )
            return await place(tx, wish, slot, day, how, book=book, by=by, now=now)
    except SlotTaken as refusal:
        raise SlotTaken(alternatives=await nearest_open(wish, now)) from refusal


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
        book = await schedules.schedule(connection, wish.doctor_id, day - AROUND, day + AROUND)
    open_slots = [
        slot
        for offset in range(-AROUND.days, AROUND.days + 1)
        for slot in book.slots(day + timedelta(days=offset), now, wish.visit)
        if slot.why == Why.OPEN and wish.mode in slot.modes
    ]
    nearest = sorted(open_slots, key=lambda slot: abs(slot.starts_at - wish.starts_at))[:count]
    return sorted(nearest, key=lambda slot: slot.starts_at)


async def refuse_if_late(tx: Transaction, appointment: Appointment, by: Actor, now: datetime) -> None:
    """The clinic's rule: patients may change it up to so long before, the staff until it has begun. Raises TooLate."""
    if by.role == Role.PATIENT:
        query = select(col(Clinic.free_change_minutes)).where(col(Clinic.id) == appointment.clinic_id)
        free = timedelta(minutes=(await tx.execute(query)).scalar_one())
        if appointment.starts_at - now < free:
            raise TooLate
    else:
        require(by, "change_late", appointment)


def has_lapsed(held: Entry, now: datetime) -> bool:
    """Whether the hold ran out."""
    until = held.appointment.held_until
    return until is None or until <= now


async def _book_of(tx: Transaction, wish: Wish, by: Actor) -> Schedule:
    """The doctor's rules, for one who may book there."""
    book = (await rules_of(tx, [wish.doctor_id]))[wish.doctor_id]
    require(by, "book", Subject(wish.patient_id, wish.doctor_id, book.clinic_id))
    return book


async def _holds_of(tx: Transaction, wish: Wish) -> list[Entry]:
    """The patient's own holds, on whatever day."""
    query = entries().where(col(Appointment.status) == Status.HELD, col(Appointment.patient_id) == wish.patient_id)
    return [entry(row) for row in (await tx.execute(query)).all()]


async def _let_others_go(tx: Transaction, wish: Wish, known: list[Entry], by: Actor, now: datetime) -> Entry | None:
    """End the patient's other holds on the days that we locked; the one that is wished again comes back."""
    mine = None
    for held in [await again(tx, each) for each in known]:
        if held.appointment.status != Status.HELD:
            continue
        if _is_wished(held.appointment, wish) and not has_lapsed(held, now):
            mine = held
        else:
            await move(tx, held, Status.EXPIRED, by=None if has_lapsed(held, now) else by, now=now)
    return mine


def _is_wished(appointment: Appointment, wish: Wish) -> bool:
    return (appointment.doctor_id, appointment.starts_at, appointment.mode, appointment.visit_type) == (
        wish.doctor_id,
        wish.starts_at,
        wish.mode,
        wish.visit,
    )


def _day(known: Entry) -> tuple[int, date]:
    return known.appointment.doctor_id, known.appointment.day


def _source(by: Actor) -> Source:
    return Source.WEB if by.role == Role.PATIENT else Source.PHONE


def _require_aware(wish: Wish) -> None:
    if wish.starts_at.tzinfo is None:
        raise Invalid(field="starts_at")
