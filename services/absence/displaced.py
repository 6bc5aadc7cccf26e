"""Those whom a resolution left for an offer: onto their doctors' lists before all others, and off them again."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import col

from core.db import Transaction
from core.errors import Stale
from models import Appointment, WaitlistEntry
from models.appointment import Source, Status
from models.waitlist import Outcome, Waiting
from services import schedules
from services.absence.within import ONE_DAY
from services.day_locks import keep_days
from services.moves import Entry, entries, entry, move
from services.permissions import Actor
from services.slots import Schedule
from services.waiting.entries import LIVE, TAKEN_BACK, Place, end_offer, places, rank
from services.waiting.waitlist import Hope, add, offered_hold, take_off

WAITS_FOR = timedelta(days=14)
"""How long after the old day one who is left for an offer stays on the waitlist."""


async def leave(tx: Transaction, resolution_id: UUID, olds: Iterable[Appointment], *, by: Actor, now: datetime) -> None:
    """Each waits for a time of his doctor; among them the one whose appointment would have been first goes first."""
    for old in sorted(olds, key=lambda each: (each.starts_at, each.id)):
        await add(tx, _hope(old, now), by=by, now=now, displaced_by=resolution_id)


async def still_waiting(
    tx: Transaction, resolution_id: UUID, moment: datetime, days: Collection[tuple[int, date]], now: datetime
) -> list[tuple[Place, Entry | None]]:
    """Those who are on a list because of the resolution of that moment, each with the hold that he is offered.

    From here on nobody offers them anything, for an offer is made under the lock of its day: every day that one could
    be of is kept, and `days` with them. Raises Stale where one is of a day that none of them waits for.
    """
    joined = await _joined(tx, resolution_id, moment)
    books = await schedules.rules(tx.connection, {known.entry.doctor_id for known, _ in joined})
    wide = {(known.entry.doctor_id, day) for known, _ in joined for day in _waited_for(known, books, now)}
    kept = {*days, *wide, *(hold.doctor_day for _, hold in joined if hold)}
    await keep_days(tx, kept, now)
    joined = await _joined(tx, resolution_id, moment)
    if any(hold and hold.doctor_day not in kept for _, hold in joined):
        raise Stale
    return joined


async def served(tx: Transaction, resolution_id: UUID) -> set[tuple[int, int]]:
    """Patient and doctor of each who has taken a time since."""
    ours = col(WaitlistEntry.displaced_by) == resolution_id
    found = await places(tx.connection, ours, col(WaitlistEntry.status) == Waiting.BOOKED)
    return {(known.entry.patient_id, known.entry.doctor_id) for known in found}


async def fetch_back(
    tx: Transaction, resolution_id: UUID, joined: Iterable[tuple[Place, Entry | None]], *, by: Actor, now: datetime
) -> None:
    """Off the list whoever was put on it, and whoever had been on it waits as before; the days are locked."""
    for known, hold in joined:
        await take_off(tx, known.entry.id, hold, by=by, now=now)
    ours = col(WaitlistEntry.displaced_by) == resolution_id
    await rank(tx, ours, displaced_by=None, by=by, now=now)


async def take_offers_back(tx: Transaction, olds: Collection[Appointment], *, by: Actor, now: datetime) -> None:
    """What others are being offered of these times they are offered no more, and wait on in their places.

    The days are locked; whoever has answered keeps his time.
    """
    held = (
        col(Appointment.doctor_id).in_({old.doctor_id for old in olds}),
        col(Appointment.day).in_({old.day for old in olds}),
        col(Appointment.status) == Status.HELD,
        col(Appointment.source) == Source.WAITLIST,
    )
    for hold in [entry(row) for row in await tx.execute(entries().where(*held))]:
        if any(_meets(hold.appointment, old) for old in olds):
            await end_offer(tx, hold.appointment, Outcome.LAPSED, by=by, now=now, reason=TAKEN_BACK)
            await move(tx, hold, Status.EXPIRED, by=by, now=now)


def _meets(hold: Appointment, old: Appointment) -> bool:
    is_his = hold.doctor_id == old.doctor_id
    return is_his and hold.starts_at < old.busy_until and old.starts_at < hold.busy_until


async def _joined(tx: Transaction, resolution_id: UUID, moment: datetime) -> list[tuple[Place, Entry | None]]:
    ours = col(WaitlistEntry.displaced_by) == resolution_id, col(WaitlistEntry.created_at) == moment
    found = await places(tx.connection, *ours, col(WaitlistEntry.status).in_(LIVE))
    return [(known, await offered_hold(tx, known.entry.id)) for known in found]


def _waited_for(known: Place, books: dict[int, Schedule], now: datetime) -> Iterator[date]:
    """The days of the doctor's book on which he would like a time."""
    if (book := books.get(known.entry.doctor_id)) is None:
        return
    day, last = max(known.entry.first_day, book.today(now)), min(known.entry.last_day, book.last_day(now))
    while day <= last:
        yield day
        day += ONE_DAY


def _hope(old: Appointment, now: datetime) -> Hope:
    return Hope(
        doctor_id=old.doctor_id,
        patient_id=old.patient_id,
        first_day=min(old.day, now.date()),
        last_day=old.day + WAITS_FOR,
        mode=old.mode,
        visit=old.visit_type,
    )
