"""Who of a clinic's doctors would see one who walks in now first: by the queue's own forecast, and a gap in his day.

Nobody can tell a wait more closely than by five minutes. Of two who are the same by that, the one with fewer ahead
comes first, then the one with the lower number.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core import db
from models.appointment import Source, Status
from models.doctor import Mode
from models.visit import VisitType
from services import clinic_board, schedules
from services.days import Booking, DoctorDayBoard, board_within
from services.desk import doctors_of
from services.forecast import Expected
from services.gaps import Room, gap, todays_rooms
from services.past_days import History
from services.queue import of as queue_of
from services.refusals import DayFull
from services.slots import Schedule
from services.visit_lengths import history
from services.walls import bounds, local_day

STEP = timedelta(minutes=5)

LAST = 10**6
"""The token of one who is not there yet: after all others."""

KEPT = 2000
"""Doctors whose wait a process keeps, for as long as his day, his hours and the minute are the same."""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """What one who walks in now has before him with a doctor of the clinic; nothing is expected where he is full.

    `ahead` are the turns before his, whoever is inside not among them; `has_room_for` the kinds of visit that find a
    gap. `version` is that of the doctor's day.
    """

    doctor_id: int
    doctor: str
    day: date
    zone: str
    version: int
    has_room_for: frozenset[VisitType]
    ahead: int = 0
    expected: Expected | None = None

    def rank(self, now: datetime) -> tuple[int, int, int]:
        """By which the doctors are put in order: steps until he would go in, how many before him, the doctor."""
        steps = (self.expected.median - now) // STEP if self.expected else LAST
        return steps, self.ahead, self.doctor_id


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Of those who sit there today, by name, the full ones last. `version` is that of the clinic's board."""

    clinic_id: int
    version: int
    valid_until: datetime
    waits: tuple[Wait, ...]
    first: Wait | None


def first_of(waits: Collection[Wait], now: datetime, visit: VisitType | None = None) -> Wait | None:
    """Whoever would see him first, of those with a gap for that kind of visit, or for any."""
    free = [each for each in waits if (visit in each.has_room_for if visit else each.has_room_for)]
    return min(free, key=lambda each: each.rank(now), default=None)


async def waits(clinic_id: int, now: datetime) -> Waits:
    """How they stand; it names nobody who waits. Raises NotFound."""
    board = await clinic_board.clinic_board(clinic_id, now)
    found = await outlook(clinic_id, now)
    return Waits(
        clinic_id=clinic_id,
        version=board.version,
        valid_until=board.valid_until,
        waits=tuple(sorted(found, key=lambda each: (not each.has_room_for, each.doctor, each.doctor_id))),
        first=first_of(found, now),
    )


async def outlook(clinic_id: int, now: datetime, *, is_emergency: bool = False) -> list[Wait]:
    """Those who have hours left there today, as they stood a moment ago."""
    around = now.date() - timedelta(days=1), now.date() + timedelta(days=1)
    boards: dict[int, DoctorDayBoard] = {}
    doctors = dict(await doctors_of(clinic_id))
    async with db.snapshot() as connection:
        found = await schedules.schedules(connection, list(doctors), *around)
        books = {i: book for i, book in found.items() if _sits(book, clinic_id, now)}
        cases = {i: Case(clinic_id, doctors[i], book, now, is_emergency) for i, book in books.items()}
        for doctor_id, case in cases.items():
            if case.known is None:
                boards[doctor_id] = await board_within(connection, doctor_id, case.day)
    return [case.known or await _wait(case, boards[doctor_id]) for doctor_id, case in cases.items()]


async def as_it_is(
    connection: AsyncConnection, seen: Wait, clinic_id: int, now: datetime, *, is_emergency: bool
) -> Wait:
    """The same of one, by what a transaction sees that keeps his day."""
    book = await schedules.schedule(connection, seen.doctor_id, seen.day, seen.day)
    case = Case(clinic_id, seen.doctor, book, now, is_emergency)
    return case.known or await _wait(case, await board_within(connection, seen.doctor_id, seen.day))


def forget() -> None:
    """Drop what the process keeps; for tests, which change databases under it."""
    _kept.clear()


_kept: OrderedDict[tuple[int, int, bool], tuple[tuple[object, ...], Wait]] = OrderedDict()


@dataclass(frozen=True)
class Case:
    """A doctor's day, for one who walks in at that clinic now."""

    clinic_id: int
    doctor: str
    book: Schedule
    now: datetime
    is_emergency: bool

    @property
    def day(self) -> date:
        """The present one on the doctor's wall clock."""
        return local_day(self.now, self.book.zone)

    @property
    def key(self) -> tuple[int, int, bool]:
        """Under which the process keeps the wait: clinic, doctor, and whether it is an emergency."""
        return self.clinic_id, self.book.doctor_id, self.is_emergency

    @property
    def stamp(self) -> tuple[object, ...]:
        """While this is the same, so is the wait."""
        minute = self.now.replace(second=0, microsecond=0)
        return self.day, self.book.versions.get(self.day, 0), self.book.version, minute

    @property
    def known(self) -> Wait | None:
        """What the process keeps of it."""
        stamp, wait = _kept.get(self.key, (None, None))
        return wait if stamp == self.stamp else None

    def has_room_for(self, visit: VisitType) -> bool:
        """Whether there is a gap."""
        rooms = list(todays_rooms(self.book, self.day, {self.clinic_id}))
        if self.is_emergency:
            rooms = [Room(self.now, bounds(self.day, self.book.zone)[1], self.clinic_id)]
        try:
            gap(self.book, self.day, visit, self.now, rooms)
        except DayFull:
            return False
        return True


def _sits(book: Schedule, clinic_id: int, now: datetime) -> bool:
    return any(room.closes > now for room in todays_rooms(book, local_day(now, book.zone), {clinic_id}))


async def _wait(case: Case, board: DoctorDayBoard) -> Wait:
    wait = Wait(
        doctor_id=board.doctor_id,
        doctor=case.doctor,
        day=board.day,
        zone=board.zone,
        version=board.version,
        has_room_for=frozenset(visit for visit in VisitType if case.has_room_for(visit)),
    )
    if wait.has_room_for:
        past = await history(board.doctor_id, case.now)
        # Some milliseconds of arithmetic each: not where everybody else waits for this process.
        wait = await asyncio.to_thread(_expected, wait, case, board, past)
    _kept[case.key] = case.stamp, wait
    _kept.move_to_end(case.key)
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return wait


def _expected(wait: Wait, case: Case, board: DoctorDayBoard, past: History) -> Wait:
    with_him = replace(board, bookings=(*board.bookings, _walked_in(case)))
    turn = next(turn for turn in queue_of(with_him, case.now, past).turns if turn.token == LAST)
    at_once = Expected(median=case.now, likely=(case.now, case.now), nearly_sure=(case.now, case.now))
    return replace(wait, ahead=turn.ahead, expected=turn.expected or at_once)


def _walked_in(case: Case) -> Booking:
    """As he would stand in the queue; what he comes for moves only those behind him."""
    length = timedelta(minutes=case.book.length(VisitType.FOLLOW_UP).minutes)
    return Booking(
        id=UUID(int=0),
        doctor_id=case.book.doctor_id,
        clinic_id=case.clinic_id,
        starts_at=case.now,
        ends_at=case.now + length,
        status=Status.CHECKED_IN,
        held_until=None,
        token=LAST,
        mode=Mode.IN_PERSON,
        visit_type=VisitType.FOLLOW_UP,
        source=Source.WALK_IN,
        fee=0,
        version=1,
        is_emergency=case.is_emergency,
        rescheduled_from=None,
        checked_in_at=case.now,
        skipped_at=None,
        started_at=None,
        ended_at=None,
        updated_at=case.now,
        patient_id=0,
        patient="",
        born_on=None,
    )
