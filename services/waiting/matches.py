"""Which open times those who wait could have: read without a lock, and read again under one before an offer is made."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.errors import NotFound
from models import DoctorDay, WaitlistEntry
from models.visit import VisitType
from models.waitlist import Waiting
from services import schedules
from services.slots import Schedule, Slot, Why
from services.waiting.entries import Place, places
from services.waiting.fits import Misfit, Standing, out_of_reach, unlike_wish
from services.waiting.standings import standings

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Match:
    """A time that is open, and that someone who waits would like and can have."""

    doctor_id: int
    day: date
    starts_at: datetime
    visit: VisitType


async def waited_for(doctor_ids: Collection[int] | None = None) -> list[int]:
    """The doctors, among those, whom somebody waits for."""
    query = select(col(WaitlistEntry.doctor_id)).where(col(WaitlistEntry.status) == Waiting.WAITING).distinct()
    if doctor_ids is not None:
        query = query.where(col(WaitlistEntry.doctor_id).in_(doctor_ids))
    async with db.snapshot() as connection:
        return sorted(await connection.scalars(query))


async def changed_since(since: datetime) -> list[int]:
    """The doctors whom somebody waits for and whose days, or whose list, changed since then."""
    days = exists().where(col(DoctorDay.doctor_id) == col(WaitlistEntry.doctor_id), col(DoctorDay.changed_at) >= since)
    query = (
        select(col(WaitlistEntry.doctor_id))
        .where(
            col(WaitlistEntry.status) == Waiting.WAITING,
            or_(col(WaitlistEntry.updated_at) >= since, days),
        )
        .distinct()
    )
    async with db.snapshot() as connection:
        return sorted(await connection.scalars(query))


async def matches(doctor_id: int, now: datetime) -> list[Match]:
    """The times to offer, in the order of the list: each of those who wait has his first that nobody before him has."""
    async with db.snapshot() as connection:
        waiting = await queue(connection, doctor_id)
        if not waiting:
            return []
        # Today on any wall clock is within a day of today in UTC.
        first = max(now.date() - ONE_DAY, min(each.entry.first_day for each in waiting))
        last = max(first, max(each.entry.last_day for each in waiting))
        try:
            book = await schedules.schedule(connection, doctor_id, first, last)
        except NotFound:
            return []
        last = min(last, book.last_day(now))
        standing = await standings(connection, waiting, first, last)
    return list(_matched(book, list(zip(waiting, standing, strict=True)), first, last, now))


async def queue(connection: AsyncConnection, doctor_id: int) -> list[Place]:
    """Those who wait for the doctor and have no offer, in order."""
    of_him = col(WaitlistEntry.doctor_id) == doctor_id, col(WaitlistEntry.status) == Waiting.WAITING
    return await places(connection, *of_him)


def misfit(
    entry: WaitlistEntry, standing: Standing, slot: Slot, day: date, book: Schedule, visit: VisitType, now: datetime
) -> Misfit | None:
    """Why one who waits is passed over for a time of the grid of `visit`; None: it is his."""
    if entry.visit_type != visit:
        return Misfit.VISIT
    return unlike_wish(entry, slot, day, book.zone) or out_of_reach(standing, slot, day, now)


def open_slot(book: Schedule, match: Match, now: datetime) -> Slot | None:
    """The matched time, while it is still open."""
    slots = book.slots(match.day, now, match.visit)
    return next((slot for slot in slots if slot.starts_at == match.starts_at and slot.why == Why.OPEN), None)


def _matched(
    book: Schedule, waiting: Sequence[tuple[Place, Standing]], first: date, last: date, now: datetime
) -> Iterator[Match]:
    grids: dict[tuple[date, VisitType], list[Slot]] = {}
    given: list[Slot] = []
    for known, standing in waiting:
        entry = known.entry
        for day in _days(max(first, entry.first_day), min(last, entry.last_day)):
            key = day, entry.visit_type
            if key not in grids:
                grids[key] = [slot for slot in book.slots(day, now, entry.visit_type) if slot.why == Why.OPEN]
            free = (
                s
                for s in grids[key]
                if not any(s.starts_at < g.busy_until and g.starts_at < s.busy_until for g in given)
            )
            slot = next((s for s in free if misfit(entry, standing, s, day, book, entry.visit_type, now) is None), None)
            if slot is not None:
                given.append(slot)
                yield Match(book.doctor_id, day, slot.starts_at, entry.visit_type)
                break


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + offset * ONE_DAY
