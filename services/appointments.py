"""The appointment book as patients and the front desk use it: hold, book, let go, cancel, reschedule."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from core import db, metrics
from core.db import Transaction, transaction
from core.errors import Invalid, NotFound, Stale
from core.idempotency import Once, once
from models import Appointment, Clinic
from models.appointment import Source, Status
from models.user import Role
from services import inputs, lateness, schedules, tries
from services.alternatives import naming_alternatives
from services.day_locks import lock_days, next_token
from services.lapsed import end_lapsed_on, has_run_out
from services.moves import NOTHING, again, find, locked, move
from services.own_holds import holds_near, holds_of, let_others_go, make_way, require_few
from services.permissions import Actor, require
from services.placing import Placement, Subject, Wish, place, rules_of, wished_slot
from services.refusals import HoldExpired, NoFreeMove, NotOpen, TooLate
from services.slots import Schedule, Slot, Why

HOLD_FOR = timedelta(minutes=5)
"""How long a time is kept for one who is deciding."""

CONFIRMED = frozenset({Status.BOOKED, Status.CHECKED_IN, Status.IN_CONSULTATION, Status.COMPLETED})
"""What a hold is once it was confirmed: to confirm it again changes nothing."""


@metrics.counted("hold")
async def hold(wish: Wish, *, by: Actor, now: datetime) -> Appointment:
    """Keep a time for five minutes; a patient holds one at a time, and holding it again renews it.

    Raises NotAllowed, Invalid, NotFound, NotOpen, PatientBusy, TooManyHolds, TooMany, SlotTaken with the nearest open
    slots.
    """
    wish = wish.checked()
    async with naming_alternatives(wish, now), transaction() as tx:
        return await holding(tx, wish, by=by, now=now)


async def holding(tx: Transaction, wish: Wish, *, by: Actor, now: datetime) -> Appointment:
    """`hold` as a part of an open transaction that has locked no doctor's day yet; SlotTaken names no others."""
    if by.role == Role.PATIENT:
        # Before anyone looks for that patient: another's is as unknown to him as nobody's.
        require(by, "book", Subject(wish.patient_id, wish.doctor_id, 0))
        await tries.holding(by.user_id)
    await require_few(tx, by, wish.patient_id, now)
    day = await schedules.day_of(tx.connection, wish.doctor_id, wish.starts_at)
    known = await holds_of(tx, wish.patient_id)
    await lock_days(tx, [(wish.doctor_id, day), *(held.doctor_day for held in known)], now)
    book, slot = await _agreed(tx, wish, day, by, now)
    if (mine := await let_others_go(tx, wish, slot, known, by, now)) is not None:
        # An offer's deadline is not put off: others wait behind it.
        is_offer = mine.appointment.source == Source.WAITLIST
        until = mine.appointment.held_until if is_offer else now + HOLD_FOR
        return await move(tx, mine, Status.HELD, by=by, now=now, held_until=until)
    how = Placement(status=Status.HELD, source=_source(by), held_until=now + HOLD_FOR)
    return await place(tx, wish, slot, day, how, book=book, by=by, now=now)


@metrics.counted("confirm")
async def book(hold_id: UUID, *, by: Actor, now: datetime) -> Appointment:
    """Turn a hold into an appointment with a token; booking it twice gives the same answer.

    Raises NotFound, NotAllowed, HoldExpired, NotOpen where the doctor has left.
    """
    async with transaction() as tx:
        return await confirming(tx, hold_id, by=by, now=now)


async def confirming(tx: Transaction, hold_id: UUID, *, by: Actor, now: datetime) -> Appointment:
    """`book` as a part of an open transaction that has locked no doctor's day yet."""
    held = await locked(tx, inputs.number(hold_id, "hold_id"), now)
    require(by, "book", held.appointment)
    if held.appointment.status in CONFIRMED:
        return held.appointment
    if held.appointment.status != Status.HELD or held.has_lapsed(now):
        raise HoldExpired
    if not await rules_of(tx, [held.appointment.doctor_id]):
        raise NotOpen(why=Why.OUTSIDE_HOURS)
    token = await next_token(tx, *held.doctor_day)
    return await move(tx, held, Status.BOOKED, by=by, now=now, held_until=None, token=token)


@metrics.counted("book")
async def book_at(
    wish: Wish, *, by: Actor, now: datetime, source: Source | None = None, asked: Once | None = None
) -> Appointment:
    """Book without holding first, as the phone and programs do; where it is `asked` for under a key, once.

    Raises NotAllowed, Invalid, NotFound, NotOpen, PatientBusy, KeyReused, SlotTaken with the nearest open slots; Again.
    """
    wish = wish.checked()
    async with naming_alternatives(wish, now), transaction() as tx:
        return await once(tx, asked, lambda: booking(tx, wish, by=by, now=now, source=source), now=now)


async def booking(
    tx: Transaction, wish: Wish, *, by: Actor, now: datetime, source: Source | None = None
) -> Appointment:
    """`book_at` as a part of an open transaction that has locked no doctor's day yet; SlotTaken names no others."""
    day = await schedules.day_of(tx.connection, wish.doctor_id, wish.starts_at)
    known = await holds_near(tx, wish.patient_id, wish.doctor_id, wish.starts_at, now)
    mine = wish.doctor_id, day
    locks = await lock_days(tx, [mine, *(held.doctor_day for held in known)], now, tokens=1, drawn_from=[mine])
    book, slot = await _agreed(tx, wish, day, by, now)
    await make_way(tx, slot, known, by, now)
    how = Placement(status=Status.BOOKED, source=source or _source(by), token=locks[mine].last_token)
    return await place(tx, wish, slot, day, how, book=book, by=by, now=now)


@metrics.counted("release")
async def release(hold_id: UUID, *, by: Actor, now: datetime) -> None:
    """Let a hold go; one that is already over stays so. Raises NotFound, NotAllowed, Stale: it was confirmed."""
    async with transaction() as tx:
        held = await locked(tx, inputs.number(hold_id, "hold_id"), now)
        require(by, "book", held.appointment)
        if held.appointment.status == Status.HELD:
            await move(tx, held, Status.EXPIRED, by=by, now=now)
        elif held.appointment.status in CONFIRMED:
            raise Stale(status=held.appointment.status)


@metrics.counted("cancel")
async def cancel(appointment_id: UUID, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """Free the time and tell whoever watches it; cancelling twice gives the same answer.

    Raises NotFound, NotAllowed, TooLate, Stale when `version` is not the one that it has.
    """
    async with transaction() as tx:
        old = await locked(tx, inputs.number(appointment_id, "appointment_id"), now)
        require(by, "change", old.appointment)
        if old.appointment.status == Status.CANCELLED:
            return old.appointment
        old.require_version(version)
        await refuse_if_late(tx, old.appointment, by, now)
        return await move(tx, old, Status.CANCELLED, by=by, now=now)


@metrics.counted("reschedule")
async def reschedule(
    appointment_id: UUID,
    wish: Wish,
    *,
    by: Actor,
    now: datetime,
    version: int | None = None,
    tells: bool | None = None,
) -> Appointment:
    """Give the patient the wished time, perhaps of another doctor, and free the old one: both, or neither.

    The new appointment comes back; the old one is RESCHEDULED. One who is here stays checked in, if it is the same day
    and clinic. To the very time that it has changes nothing. The desk says whether the patient is to be told: `tells`.
    Raises what `book_at` and `cancel` raise.
    """
    wish = wish.checked()
    async with naming_alternatives(wish, now), transaction() as tx:
        return await rescheduling(tx, appointment_id, wish, by=by, now=now, version=version, tells=tells)


async def rescheduling(
    tx: Transaction,
    appointment_id: UUID,
    wish: Wish,
    *,
    by: Actor,
    now: datetime,
    version: int | None = None,
    tells: bool | None = None,
    instead: Mapping[str, Any] = NOTHING,
) -> Appointment:
    """`reschedule` as a part of an open transaction that has locked no doctor's day yet; SlotTaken names no others.

    `instead` is another therapist or room, by its column; the caller has locked it.
    """
    day = await schedules.day_of(tx.connection, wish.doctor_id, wish.starts_at)
    known = await find(tx, inputs.number(appointment_id, "appointment_id"))
    holds = await holds_near(tx, wish.patient_id, wish.doctor_id, wish.starts_at, now)
    await lock_days(tx, [(wish.doctor_id, day), known.doctor_day, *(held.doctor_day for held in holds)], now)
    old = await again(tx, known)
    require(by, "change", old.appointment)
    if old.appointment.patient_id != wish.patient_id:
        raise Invalid(field="patient_id")
    old.require_version(version)
    await refuse_if_late(tx, old.appointment, by, now)
    if wish.is_met_by(old.appointment) and old.appointment.status in (Status.BOOKED, Status.CHECKED_IN):
        return old.appointment
    book, slot = await _agreed(tx, wish, day, by, now)
    if instead and slot.clinic_id != old.appointment.clinic_id:
        raise NotOpen(why=Why.OUTSIDE_HOURS)
    await move(tx, old, Status.RESCHEDULED, by=by, now=now)
    await make_way(tx, slot, holds, by, now)
    how = _in_place_of(old.appointment, slot, day, await next_token(tx, wish.doctor_id, day))
    how = replace(how, **instead)
    return await place(tx, wish, slot, day, how, book=book, by=by, now=now, tells=tells)


async def expire_holds(now: datetime) -> int:
    """Free every hold that ran out, each doctor's day in a transaction of its own; how many."""
    query = select(col(Appointment.doctor_id), col(Appointment.day)).where(*has_run_out(now))
    async with db.snapshot() as connection:
        days = (await connection.execute(query)).all()
    freed = 0
    for doctor_id, day in sorted({(row.doctor_id, row.day) for row in days}):
        async with transaction() as tx:
            await lock_days(tx, [(doctor_id, day)], now)
            freed += await end_lapsed_on(tx, doctor_id, day, now)
    return freed


async def refuse_if_late(tx: Transaction, appointment: Appointment, by: Actor, now: datetime) -> None:
    """The clinic's rule: patients may change it up to so long before, and not once they are here. Raises TooLate.

    Where the doctor runs late, they may as long as they wait for him; by the link alone only then, or NoFreeMove.

    So may programs. The staff may until the patient is with the doctor, which the table of moves sees to: a clinic
    that runs late changes what should have begun.
    """
    if by.is_staff:
        require(by, "change_late", appointment)
        return
    if await lateness.frees(tx, appointment, now):
        return
    if by.is_by_link:
        raise NoFreeMove
    query = select(col(Clinic.free_change_minutes)).where(col(Clinic.id) == appointment.clinic_id)
    free = timedelta(minutes=(await tx.execute(query)).scalar_one())
    ahead = appointment.starts_at - now
    if ahead < free or ahead <= timedelta() or appointment.status == Status.CHECKED_IN:
        raise TooLate


async def _agreed(tx: Transaction, wish: Wish, day: date, by: Actor, now: datetime) -> tuple[Schedule, Slot]:
    """The doctor's rules, and the slot that is wished, for one who may book there; the day is locked."""
    book = (await rules_of(tx, [wish.doctor_id])).get(wish.doctor_id)
    if book is None:
        raise NotFound(doctor_id=wish.doctor_id)
    slot = wished_slot(book, wish, day, now, by_staff=by.is_staff)
    # Of the clinic that he sits at then, which may be another than his home clinic.
    require(by, "book", Subject(wish.patient_id, wish.doctor_id, slot.clinic_id))
    return book, slot


def _in_place_of(old: Appointment, slot: Slot, day: date, token: int) -> Placement:
    """How the new appointment of a rescheduled one begins: with what the patient keeps of the old."""
    is_here = old.status == Status.CHECKED_IN and old.day == day and old.clinic_id == slot.clinic_id
    is_there = old.clinic_id == slot.clinic_id
    return Placement(
        status=Status.CHECKED_IN if is_here else Status.BOOKED,
        source=old.source,
        token=token,
        rescheduled_from=old.id,
        therapist_id=old.therapist_id if is_there else None,
        room_id=old.room_id if is_there else None,
        course_id=old.course_id,
        is_emergency=old.is_emergency and is_here,
        checked_in_at=old.checked_in_at if is_here else None,
    )


def _source(by: Actor) -> Source:
    if by.is_staff:
        return Source.PHONE
    return Source.API if by.role == Role.INTEGRATOR else Source.WEB
