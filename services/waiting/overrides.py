"""What the staff may do to the order of a waitlist: give a time out of turn, pass an offer on, or take it back.

Each with a reason, which is kept with the offer. Whoever books the offer has the lock of its day first or comes too
late, so it is booked or taken back, never both. One whose offer was taken back waits on in his place and is not
offered that time again.
"""

from datetime import datetime
from itertools import takewhile
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from core import db
from core.db import Transaction, transaction
from core.errors import Invalid, NotFound, Stale
from models import WaitlistEntry, WaitlistOffer
from models.appointment import Status
from models.waitlist import Outcome, Waiting
from services import inputs, schedules
from services.day_locks import lock_days
from services.moves import Entry, locked, move
from services.permissions import Actor, can
from services.placing import rules_of, wished_slot
from services.slots import Slot, Why
from services.waiting.entries import Place, end_offer
from services.waiting.fits import Misfit
from services.waiting.matches import ONE_DAY, queue
from services.waiting.offers import hold_for, hold_of, keep, wish_of
from services.waiting.waiters import Waiter, waiters
from services.waiting.waitlist import one_place, subject

LONGEST_REASON = 200
"""Characters."""

TIMES = 12
"""How many times are shown to choose from."""


async def times(entry_id: UUID, *, by: Actor, now: datetime) -> tuple[str, list[Slot]]:
    """The zone, and the first open times that one who waits could be given in his days. Raises NotFound."""
    async with transaction() as tx:
        entry = (await _his(tx, entry_id, by)).entry
    async with db.snapshot() as connection:
        # Today on any wall clock is within a day of today in UTC.
        first = max(entry.first_day, now.date() - ONE_DAY)
        book = await schedules.schedule(connection, entry.doctor_id, first, max(first, entry.last_day))
    found: list[Slot] = []
    day = max(first, book.today(now))
    while day <= min(entry.last_day, book.last_day(now)) and len(found) < TIMES:
        slots = book.slots(day, now, entry.visit_type)
        found += [each for each in slots if each.why in (Why.OPEN, Why.NOTICE) and entry.mode in each.modes]
        day += ONE_DAY
    return book.zone, found[:TIMES]


async def others(offer_id: int, *, by: Actor) -> list[Waiter]:
    """Who waits for the doctor of an offer and has none, in order. Raises NotFound."""
    async with transaction() as tx:
        known = await _his(tx, await _whose(tx, offer_id), by)
        found = await waiters(tx.connection, col(WaitlistEntry.doctor_id) == known.entry.doctor_id)
    return [each for each in found if each.status == Waiting.WAITING]


async def give(entry_id: UUID, starts_at: datetime, *, reason: str, by: Actor, now: datetime) -> WaitlistOffer:
    """Offer a time to one whom the staff chooses, before his turn and whatever he wished.

    Raises NotFound, also for one who is not his to choose; Invalid without a reason, Stale unless he waits, NotOpen,
    SlotTaken, PatientBusy.
    """
    reason, starts_at = _reason(reason), inputs.moment(starts_at, "starts_at")
    async with transaction() as tx:
        doctor_id = (await one_place(tx, entry_id)).entry.doctor_id
        day = await schedules.day_of(tx.connection, doctor_id, starts_at)
        await lock_days(tx, [(doctor_id, day)], now)
        return await _offer(tx, await _his(tx, entry_id, by), starts_at, reason, by, now)


async def pass_on(offer_id: int, entry_id: UUID, *, reason: str, by: Actor, now: datetime) -> WaitlistOffer:
    """Take an offer back and make it to another of the same list, in one transaction.

    Raises what `give` and `retract` raise, and Invalid for one who waits for another doctor.
    """
    reason = _reason(reason)
    async with transaction() as tx:
        held, known = await _offered(tx, offer_id, by, now)
        chosen = await _his(tx, entry_id, by)
        if chosen.entry.doctor_id != known.entry.doctor_id or chosen.entry.id == known.entry.id:
            raise Invalid(field="entry_id")
        await _retract(tx, held, reason, by, now)
        return await _offer(tx, chosen, held.appointment.starts_at, reason, by, now)


async def retract(offer_id: int, *, reason: str, by: Actor, now: datetime) -> None:
    """Take an offer back; the time goes to the next. Raises NotFound, Invalid, and Stale: it has been answered."""
    reason = _reason(reason)
    async with transaction() as tx:
        held, _ = await _offered(tx, offer_id, by, now)
        await _retract(tx, held, reason, by, now)


async def _offered(tx: Transaction, offer_id: int, by: Actor, now: datetime) -> tuple[Entry, Place]:
    """The hold of a live offer, its day locked, and the place whose it is. Raises NotFound, Stale."""
    known = await _his(tx, await _whose(tx, offer_id), by)
    held = await locked(tx, await hold_of(tx, offer_id), now)
    if held.appointment.status != Status.HELD or held.has_lapsed(now):
        raise Stale(status=held.appointment.status)
    return held, known


async def _whose(tx: Transaction, offer_id: int) -> UUID:
    """The entry to which it was offered. Raises NotFound."""
    offer_id = inputs.identity(offer_id, "offer_id")
    query = select(col(WaitlistOffer.entry_id)).where(col(WaitlistOffer.id) == offer_id)
    if (found := (await tx.execute(query)).scalar_one_or_none()) is None:
        raise NotFound(offer_id=offer_id)
    return UUID(str(found))


async def _his(tx: Transaction, entry_id: UUID, by: Actor) -> Place:
    """The place on a list that is his to run; another is as unknown as one that never was."""
    known = await one_place(tx, entry_id)
    if not can(by, "receive", await subject(tx, known)):
        raise NotFound(entry_id=str(entry_id))
    return known


async def _offer(
    tx: Transaction, chosen: Place, starts_at: datetime, reason: str, by: Actor, now: datetime
) -> WaitlistOffer:
    """Make it; those before him are passed over for it. The day is locked."""
    if chosen.entry.status != Waiting.WAITING:
        raise Stale(status=chosen.entry.status)
    doctor_id = chosen.entry.doctor_id
    if (book := (await rules_of(tx, [doctor_id])).get(doctor_id)) is None:
        raise NotFound(doctor_id=doctor_id)
    day = await schedules.day_of(tx.connection, doctor_id, starts_at)
    slot = wished_slot(book, wish_of(chosen.entry, starts_at), day, now, by_staff=True)
    before = takewhile(lambda each: each.entry.id != chosen.entry.id, await queue(tx.connection, doctor_id))
    passed = [(each, Misfit.OUT_OF_TURN) for each in before]
    hold = await hold_for(tx, chosen, slot, book, by=by, now=now)
    return await keep(tx, chosen, hold, passed, now, reason=reason)


async def _retract(tx: Transaction, held: Entry, reason: str, by: Actor, now: datetime) -> None:
    await end_offer(tx, held.appointment, Outcome.RETRACTED, by=by, now=now, reason=reason)
    await move(tx, held, Status.EXPIRED, by=by, now=now)


def _reason(text: str) -> str:
    reason = inputs.plain(text).strip() if isinstance(text, str) else ""
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid(field="reason")
    return reason
