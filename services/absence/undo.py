"""Take a resolution back as one: the leave goes, and everybody is back at his old time; or nothing is done at all.

History is kept: the time that someone was moved to becomes RESCHEDULED and he gets a new appointment at the old time,
with its old token, status and fee; one who was cancelled gets one too. No status is ever taken back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlmodel import col

from core.db import Transaction, transaction
from core.errors import NotAllowed, NotFound, Stale
from core.tables import table
from models import Appointment, Resolution, ResolutionMove, WaitlistEntry
from models.appointment import Source, Status
from models.waitlist import Waiting
from services import schedules
from services.absence.calendars import calendar_of, change_of, doctors_of, take_back
from services.absence.leaves import ONE_DAY, Away, Change, Closed, DayHours, Picked, WeekHours, is_off, is_within
from services.absence.obstacles import InTheWay, Obstacle
from services.absence.resolutions import lock_parties, resolution_of, tell
from services.moves import Entry, entries, entry, keep_days, lock_days, move
from services.permissions import Actor, require
from services.placing import rules_of
from services.refusals import CannotUndo, PatientBusy, PlaceTaken, SlotTaken
from services.returning import put_back
from services.slots import Schedule
from services.waiting.entries import Place, places
from services.waiting.waitlist import offered_hold, take_off

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

    Raises NotFound, NotAllowed, CannotUndo with an `Obstacle` for each thing in the way; Stale where others are always
    faster.
    """
    for left in reversed(range(TRIES)):
        try:
            await _try(resolution_id, by, now)
            return
        except Stale:
            # Somebody was moved meanwhile, or one who was left for an offer was made one: look again.
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
        require(by, "set_calendar", await calendar_of(tx.connection, change))
        if known.undone_at is not None:
            return
        pairs = await _pairs(tx, resolution_id)
        await lock_parties(tx, (pair.old.appointment for pair in pairs))
        days = await _days(tx, change, now)
        touched = {each.doctor_day for pair in pairs for each in (pair.old, pair.new) if each}
        joined = await _joined_for_good(tx, pairs, known.created_at, days | touched, now)
        await lock_days(tx, [*days, *touched, *(hold.doctor_day for _, hold in joined if hold)], now)
        if (await _resolution(tx, resolution_id)).undone_at is not None:
            return
        pairs = await _pairs(tx, resolution_id)
        await _clear(tx, known, pairs, by=by, now=now)
        await _require_not_served(tx, pairs, known.created_at)
        for entry, hold in joined:
            await take_off(tx, entry.entry.id, hold, by=by, now=now)
        back = await _return(tx, pairs, by=by, now=now)
        await tx.execute(update(Resolution).where(col(Resolution.id) == resolution_id).values(undone_at=now))
        told = back if known.tells else []
        await tell(tx, EVENTS[type(change)], resolution_id, days, {"returned": len(pairs)}, told, by=by, now=now)


async def undo_leave(leave_id: int, *, by: Actor, now: datetime) -> None:
    """`undo` of what a leave did. One that is not his to take back is as unknown as one that never was."""
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


async def _require_not_served(tx: Transaction, pairs: list[Pair], moment: datetime) -> None:
    """Raise CannotUndo where one who was left for an offer has taken one: he would have two appointments."""
    served = await places(tx.connection, *_put(pairs, moment), col(WaitlistEntry.status) == Waiting.BOOKED)
    ids = {(known.entry.patient_id, known.entry.doctor_id) for known in served}
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


async def _joined(tx: Transaction, pairs: list[Pair], moment: datetime) -> list[tuple[Place, Entry | None]]:
    """Those whom the resolution put on a waitlist and who are still on it, each with the hold that he is offered."""
    live = col(WaitlistEntry.status).in_((Waiting.WAITING, Waiting.OFFERED))
    found = await places(tx.connection, *_put(pairs, moment), live)
    return [(known, await offered_hold(tx, known.entry.id)) for known in found]


async def _joined_for_good(
    tx: Transaction, pairs: list[Pair], moment: datetime, days: set[tuple[int, date]], now: datetime
) -> list[tuple[Place, Entry | None]]:
    """`_joined`, and from here on nobody offers them anything: every day that an offer could be of is kept, and `days`.

    An offer is made under the lock of its day. Raises Stale where one is of a day that none of them waits for.
    """
    joined = await _joined(tx, pairs, moment)
    books = await schedules.rules(tx.connection, {known.entry.doctor_id for known, _ in joined})
    wide = {(known.entry.doctor_id, day) for known, _ in joined for day in _waited_for(known, books, now)}
    kept = days | wide | {hold.doctor_day for _, hold in joined if hold}
    await keep_days(tx, kept, now)
    joined = await _joined(tx, pairs, moment)
    if any(hold and hold.doctor_day not in kept for _, hold in joined):
        raise Stale
    return joined


def _waited_for(known: Place, books: dict[int, Schedule], now: datetime) -> Iterator[date]:
    """The days of the doctor's book on which he would like a time."""
    entry = known.entry
    if (book := books.get(entry.doctor_id)) is None:
        return
    day, last = max(entry.first_day, book.today(now)), min(entry.last_day, book.last_day(now))
    while day <= last:
        yield day
        day += ONE_DAY


def _put(pairs: list[Pair], moment: datetime) -> tuple[ColumnElement[bool], ...]:
    """Whom the resolution put on a list: at that very moment."""
    left = [pair.old.appointment.patient_id for pair in pairs if pair.new is None]
    return col(WaitlistEntry.created_at) == moment, col(WaitlistEntry.patient_id).in_(left)


async def _days(tx: Transaction, change: Change, now: datetime) -> set[tuple[int, date]]:
    """The doctors' days that the change touches."""
    doctors = await doctors_of(tx.connection, change)
    books = await schedules.rules(tx.connection, doctors)
    return {(doctor_id, day) for doctor_id, book in books.items() for day in change.days(book, now)}
