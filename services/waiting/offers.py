"""Offers of free times to those who wait: one at a time in the order of the list, each a real hold.

A time that becomes free is anyone's until the worker has offered it: some hundredths of a second later where a message
tells it, a second where none does. Whoever has the lock of the doctor's day first has the time, and nobody is shown a
time that he cannot get. One person has one offer, and its deadline cannot be put off, so nobody waits behind it for
long; a time nearer to his wish that becomes free meanwhile goes to the next, or he books it himself. Who declines an
offer or lets it lapse waits on in his place and is not offered that time again. A crash between offer and answer loses
nothing: the hold runs out by the clock, and the next turn offers the time to the next.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from core.db import Transaction, transaction
from core.errors import NotFound, Stale
from core.tables import table
from models import Appointment, WaitlistEntry, WaitlistOffer
from models.appointment import Source, Status
from models.waitlist import Outcome, Waiting
from services import schedules
from services.day_locks import lock_days
from services.permissions import Actor
from services.placing import Placement, Wish, place
from services.refusals import NotOpen, PatientBusy, SlotTaken
from services.slots import Schedule, Slot
from services.waiting.entries import Place, change
from services.waiting.fits import Misfit, answer_by
from services.waiting.matches import Match, matches, misfit, open_slot, queue, waited_for
from services.waiting.standings import standings
from services.waiting.waitlist import close_past
from services.walls import local_day

Passed = Sequence[tuple[Place, Misfit]]


async def offer_free_times(now: datetime, *, doctor_ids: Collection[int] | None = None) -> int:
    """Offer what is open at those doctors to those who wait; how many offers. Safe beside another turn.

    None: at all, and those whose days are past wait no longer.
    """
    if doctor_ids is None:
        await close_past(now)
    made = 0
    for doctor_id in await waited_for(doctor_ids):
        for match in await matches(doctor_id, now):
            try:
                made += await _offer(match, now)
            except (SlotTaken, PatientBusy, NotOpen, Stale, NotFound, IntegrityError):
                # Someone was faster, for the time or for the person: the next turn sees how it stands then.
                continue
    return made


async def _offer(match: Match, now: datetime) -> bool:
    """Offer the matched time to whoever is first now that the day is locked; False where nobody is, or it is taken."""
    async with transaction() as tx:
        await lock_days(tx, [(match.doctor_id, match.day)], now)
        book = await schedules.schedule(tx.connection, match.doctor_id, match.day, match.day)
        slot = open_slot(book, match, now)
        waiting = await queue(tx.connection, match.doctor_id)
        if slot is None or not waiting:
            return False
        passed: list[tuple[Place, Misfit]] = []
        standing = await standings(tx.connection, waiting, match.day, match.day)
        for known, his in zip(waiting, standing, strict=True):
            why = misfit(known.entry, his, slot, match.day, book, match.visit, now)
            if why is None:
                hold = await hold_for(tx, known, slot, book, by=None, now=now)
                await keep(tx, known, hold, passed, now)
                return True
            passed.append((known, why))
        return False


async def hold_for(
    tx: Transaction, chosen: Place, slot: Slot, book: Schedule, *, by: Actor | None, now: datetime
) -> Appointment:
    """Keep the time for him, and let his entry say so."""
    day = local_day(slot.starts_at, book.zone)
    how = Placement(status=Status.HELD, source=Source.WAITLIST, held_until=answer_by(slot, now))
    hold = await place(tx, wish_of(chosen.entry, slot.starts_at), slot, day, how, book=book, by=by, now=now)
    await change(tx, chosen, Waiting.OFFERED, Outcome.OFFERED, by=by, now=now, hold=hold)
    return hold


async def keep(
    tx: Transaction, chosen: Place, hold: Appointment, passed: Passed, now: datetime, *, reason: str | None = None
) -> WaitlistOffer:
    """Write the offer down, and before it each one who was passed over for it, once for each reason."""
    entries = [known.entry.id for known, _ in passed]
    same = select(col(WaitlistOffer.entry_id), col(WaitlistOffer.reason)).where(
        col(WaitlistOffer.entry_id).in_(entries),
        col(WaitlistOffer.starts_at) == hold.starts_at,
        col(WaitlistOffer.outcome) == Outcome.SKIPPED,
    )
    written = {(row.entry_id, row.reason) for row in await tx.execute(same)} if entries else set()
    common = {"starts_at": hold.starts_at, "offered_at": now}
    skips = [
        common | {"entry_id": known.entry.id, "outcome": Outcome.SKIPPED, "reason": why}
        for known, why in passed
        if (known.entry.id, why) not in written
    ]
    if skips:
        await tx.execute(insert(WaitlistOffer), skips)
    offer: dict[str, Any] = {
        "entry_id": chosen.entry.id,
        "appointment_id": hold.id,
        "outcome": Outcome.OFFERED,
        "reason": reason,
        "answer_by": hold.held_until,
    }
    row = (await tx.execute(insert(WaitlistOffer).values(common | offer).returning(table(WaitlistOffer)))).one()
    return WaitlistOffer.model_construct(**row._mapping)


def wish_of(entry: WaitlistEntry, starts_at: datetime) -> Wish:
    """What he waits for, at that very time."""
    return Wish(
        patient_id=entry.patient_id,
        doctor_id=entry.doctor_id,
        starts_at=starts_at,
        mode=entry.mode,
        visit=entry.visit_type,
    )


async def hold_of(tx: Transaction, offer_id: int) -> UUID:
    """The hold that the offer is. Raises NotFound."""
    query = select(col(WaitlistOffer.appointment_id)).where(col(WaitlistOffer.id) == offer_id)
    hold_id = (await tx.execute(query)).scalar_one_or_none()
    if hold_id is None:
        raise NotFound(offer_id=offer_id)
    return UUID(str(hold_id))
