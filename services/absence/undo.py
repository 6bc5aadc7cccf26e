"""Take a resolution back as one: the leave goes, and everybody is back at his old time; or nothing is done at all.

History is kept: the time that someone was moved to becomes RESCHEDULED and he gets a new appointment at the old time,
with its old token, status and fee; one who was cancelled gets one too. No status is ever taken back.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from core.db import Transaction, transaction
from core.errors import NotAllowed, NotFound, Stale
from core.tables import table
from models import Appointment, Resolution, ResolutionMove
from models.appointment import Source, Status
from services import schedules
from services.absence import displaced
from services.absence.calendars import change_of, take_back
from services.absence.leaves import Away, Change, Closed, Picked
from services.absence.new_hours import DayHours, WeekHours
from services.absence.obstacles import InTheWay, Obstacle
from services.absence.resolutions import lock_parties, resolution_of, tell
from services.absence.whose import doctors_of, require_his
from services.absence.within import is_off, is_within
from services.day_locks import lock_days
from services.moves import Entry, entries, entry, move
from services.permissions import Actor
from services.placing import rules_of
from services.refusals import CannotUndo, PatientBusy, PlaceTaken, SlotTaken
from services.returning import put_back
from services.slots import Schedule

EVENTS = {
    Away: "LeaveUndone",
    Closed: "ClosureUndone",
    Picked: "RearrangementUndone",
    DayHours: "HoursRestored",
    WeekHours: "HoursRestored",
}
"""What is announced, by the kind of change that was taken back."""

TRIES = 4
"""How often it is begun anew where one of them was moved while his day was about to be locked."""


@dataclass(frozen=True)
class Pair:
    """A stranded appointment and the one it was moved to; without it, it was cancelled."""

    old: Entry
    new: Entry | None


async def undo(resolution_id: UUID, *, by: Actor, now: datetime) -> None:
    """Everything as it was before the change, in one transaction; undoing twice gives the same answer.

    What was freed and is on offer to somebody who waits is offered no more; what he has taken is in the way.
    Raises NotFound, NotAllowed, CannotUndo with an `Obstacle` for each thing in the way; Stale where others are always
    faster.
    """
    for left in reversed(range(TRIES)):
        try:
            await _try(resolution_id, by, now)
            return
        except Stale:
            # Somebody was moved meanwhile: look again.
            if not left:
                raise


async def _try(resolution_id: UUID, by: Actor, now: datetime) -> None:
    async with transaction() as tx:
        known = await _resolution(tx, resolution_id)
        change = await change_of(tx.connection, known)
        if change is None and known.undone_at is None:
            raise CannotUndo(in_the_way=(Obstacle(appointment_id=None, why=InTheWay.CALENDAR),))
        if change is None:
            return
        await require_his(tx.connection, change, by)
        if known.undone_at is not None:
            return
        pairs = await _pairs(tx, resolution_id)
        await lock_parties(tx, (pair.old.appointment for pair in pairs))
        days = await _days(tx, change, now)
        touched = {each.doctor_day for pair in pairs for each in (pair.old, pair.new) if each}
        joined = await displaced.still_waiting(tx, resolution_id, known.created_at, days | touched, now)
        await lock_days(tx, [*days, *touched, *(hold.doctor_day for _, hold in joined if hold)], now)
        if (await _resolution(tx, resolution_id)).undone_at is not None:
            return
        pairs = await _pairs(tx, resolution_id)
        await _clear(tx, known, pairs, by=by, now=now)
        await _require_not_served(tx, resolution_id, pairs)
        await displaced.fetch_back(tx, resolution_id, joined, by=by, now=now)
        await displaced.take_offers_back(tx, [pair.old.appointment for pair in pairs], by=by, now=now)
        back = await _return(tx, pairs, by=by, now=now)
        await tx.execute(update(Resolution).where(col(Resolution.id) == resolution_id).values(undone_at=now))
        told = back if known.tells else []
        await tell(tx, EVENTS[type(change)], resolution_id, days, {"returned": len(pairs)}, told, by=by, now=now)


async def undo_leave(leave_id: int, *, by: Actor, now: datetime) -> None:
    """`undo` of what a leave did, with those that others took together with it.

    One that is not his to take back is as unknown as one that never was.
    """
    try:
        await undo(await resolution_of(leave_id), by=by, now=now)
    except NotAllowed:
        raise NotFound(leave_id=leave_id) from None


async def _clear(tx: Transaction, resolution: Resolution, pairs: list[Pair], *, by: Actor, now: datetime) -> None:
    """Take the change back, unless something is plainly in the way. Raises CannotUndo."""
    met = []
    if not await take_back(tx, resolution, by=by, now=now):
        met.append(Obstacle(appointment_id=None, why=InTheWay.CALENDAR))
    for pair in pairs:
        if pair.new is not None and pair.new.appointment.status != Status.BOOKED:
            met.append(Obstacle(appointment_id=pair.old.appointment.id, why=InTheWay.CHANGED))
        elif pair.old.appointment.starts_at <= now:
            met.append(Obstacle(appointment_id=pair.old.appointment.id, why=InTheWay.PAST))
    if met:
        raise CannotUndo(in_the_way=tuple(met))


async def _require_not_served(tx: Transaction, resolution_id: UUID, pairs: list[Pair]) -> None:
    """Raise CannotUndo where one who was left for an offer has taken one: he would have two appointments."""
    ids = await displaced.served(tx, resolution_id)
    olds = [pair.old.appointment for pair in pairs if pair.new is None]
    if met := [old.id for old in olds if (old.patient_id, old.doctor_id) in ids]:
        raise CannotUndo(in_the_way=tuple(Obstacle(appointment_id=each, why=InTheWay.CHANGED) for each in met))


async def _return(tx: Transaction, pairs: list[Pair], *, by: Actor, now: datetime) -> list[UUID]:
    """Everybody back to his old time, in new appointments. Raises CannotUndo with all that is in the way."""
    met, back = [], []
    ordered = sorted(pairs, key=lambda pair: (pair.old.appointment.patient_id, pair.old.appointment.starts_at))
    for pair in ordered:
        if pair.new is not None:
            await move(tx, pair.new, Status.RESCHEDULED, by=by, now=now)
    books = await rules_of(tx, sorted({pair.old.appointment.doctor_id for pair in ordered}))
    for pair in ordered:
        found = await _put_back(tx, pair, books, by=by, now=now)
        if isinstance(found, InTheWay):
            met.append(Obstacle(appointment_id=pair.old.appointment.id, why=found))
        else:
            back.append(found.id)
    if met:
        raise CannotUndo(in_the_way=tuple(met))
    return back


async def _put_back(
    tx: Transaction, pair: Pair, books: dict[int, Schedule], *, by: Actor, now: datetime
) -> Appointment | InTheWay:
    """A new appointment at the old time, as the old one was; or what is in the way of it."""
    old = pair.old.appointment
    book = books.get(old.doctor_id)
    if book is None or is_off(book, old) or not (is_within(book, old) or old.source == Source.WALK_IN):
        return InTheWay.CLOSED
    try:
        return await put_back(tx, old, (pair.new or pair.old).appointment.id, book=book, by=by, now=now)
    except SlotTaken:
        return InTheWay.TAKEN
    except PatientBusy:
        return InTheWay.PATIENT_BUSY
    except PlaceTaken:
        return InTheWay.PLACE_TAKEN


async def _resolution(tx: Transaction, resolution_id: UUID) -> Resolution:
    query = select(table(Resolution)).where(col(Resolution.id) == resolution_id)
    row = (await tx.execute(query)).first()
    if row is None:
        raise NotFound(resolution_id=str(resolution_id))
    return Resolution.model_construct(**row._mapping)


async def _pairs(tx: Transaction, resolution_id: UUID) -> list[Pair]:
    query = select(col(ResolutionMove.appointment_id), col(ResolutionMove.moved_to)).where(
        col(ResolutionMove.resolution_id) == resolution_id
    )
    rows = (await tx.execute(query)).all()
    ids = [each for row in rows for each in row if each is not None]
    found = {each.id: entry(each) for each in await tx.execute(entries().where(col(Appointment.id).in_(ids)))}
    return [Pair(found[row.appointment_id], found[row.moved_to] if row.moved_to else None) for row in rows]


async def _days(tx: Transaction, change: Change, now: datetime) -> set[tuple[int, date]]:
    """The doctors' days that the change touches."""
    doctors = await doctors_of(tx.connection, change)
    books = await schedules.rules(tx.connection, doctors)
    return {(doctor_id, day) for doctor_id, book in books.items() for day in change.days(book, now)}
