"""The doctor's queue: who is in, who waits in which order and until when, how late the day runs; it names nobody."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from core.db import transaction
from core.errors import Invalid, Stale
from models import Appointment
from models.appointment import ACTIVE, Status
from services import inputs, lateness, schedules
from services.day_locks import lock_days
from services.days import Booking, DoctorDayBoard, board, board_within, doctor_ref, open_board
from services.forecast import UNTOLD, Expected, Forecast, forecast
from services.foretold import foretold
from services.moves import find
from services.permissions import Actor, can, require
from services.refusals import QueueEmpty
from services.visit_lengths import NOTHING, History, history
from services.visits import begin
from services.walls import local_day

LATEST = datetime.max.replace(tzinfo=UTC)

STALE_AFTER = timedelta(minutes=1)
"""How long what is expected holds while nothing happens: the clock alone moves it."""

TO_BE_SEEN = ACTIVE - {Status.HELD}
"""Whose visits are not over yet."""

KEPT = 200
"""Doctors' days whose queues a process keeps for the minute."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One who waits or is still to come; `ahead` are the turns before his, whoever is inside not among them."""

    token: int
    is_here: bool
    ahead: int
    is_emergency: bool
    expected: Expected | None


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Of one doctor's day, by tokens. `version` is the doctor-day's; `expected` are booked and not here yet.

    `waiting` are here, in order; `turns` are they and those still to come, as they are expected to go in; `ends` is
    when the day will be over.
    """

    doctor_id: int
    clinic_id: int
    day: date
    zone: str
    version: int
    delay: timedelta
    inside: int | None
    waiting: tuple[int, ...]
    turns: tuple[Turn, ...]
    ends: Expected | None
    expected: int
    done: int
    valid_until: datetime | None = None


class _Made(NamedTuple):
    minute: datetime
    known: History
    day: DoctorDayBoard
    queue: Queue


_made: OrderedDict[tuple[int, date], _Made] = OrderedDict()


async def queue(doctor_id: int, day: date, now: datetime) -> Queue:
    """The queue as it stands; anybody may know it. Raises NotFound."""
    return await shared(await board(doctor_id, day), now, await history(doctor_id, now))


async def today(doctor_id: int, now: datetime) -> Queue:
    """The same of today, where the doctor is. Raises NotFound."""
    return await queue(doctor_id, local_day(now, (await doctor_ref(doctor_id)).zone), now)


async def look(
    doctor_id: int, day: date | None, *, by: Actor | None, now: datetime
) -> tuple[Queue, DoctorDayBoard | None]:
    """The queue of a day, by default today's; with the day's board for one who may see it. Raises NotFound."""
    doctor = await doctor_ref(inputs.identity(doctor_id, "doctor_id"))
    day = day or local_day(now, doctor.zone)
    if by is None or not can(by, "see_day", doctor):
        return await queue(doctor_id, day, now), None
    opened = await open_board(doctor_id, day, by=by, now=now)
    return await shared(opened, now, await history(doctor_id, now)), opened


async def shared(day: DoctorDayBoard, now: datetime, known: History) -> Queue:
    """The queue of a day that was read, worked out once a minute for all who ask about the day as it was."""
    minute = now.replace(second=0, microsecond=0)
    last = _made.get((day.doctor_id, day.day))
    if last is None or last.minute != minute or last.known is not known or last.day != day:
        found = await foretold(day, now, known) if _is_ahead(day, now) else UNTOLD
        last = _made[day.doctor_id, day.day] = _Made(minute, known, day, _queue(day, now, found))
        while len(_made) > KEPT:
            _made.popitem(last=False)
    _made.move_to_end((day.doctor_id, day.day))
    return last.queue


def of(day: DoctorDayBoard, now: datetime, known: History = NOTHING) -> Queue:
    """The queue of a day as of `now`, its times by what is known of the doctor."""
    return _queue(day, now, forecast(day, now, known) if _is_ahead(day, now) else UNTOLD)


def _is_ahead(day: DoctorDayBoard, now: datetime) -> bool:
    return day.day >= local_day(now, day.zone) and any(each.status in TO_BE_SEEN for each in day.bookings)


def _queue(day: DoctorDayBoard, now: datetime, found: Forecast) -> Queue:
    statuses = [booking.status for booking in day.bookings]
    inside = [booking for booking in day.bookings if booking.status == Status.IN_CONSULTATION]
    turns = _turns(day, now, found)
    return Queue(
        doctor_id=day.doctor_id,
        clinic_id=day.clinic_id,
        day=day.day,
        zone=day.zone,
        version=day.version,
        delay=day.delay,
        inside=inside[0].token if inside else None,
        waiting=tuple(turn.token for turn in turns if turn.is_here),
        turns=turns,
        ends=found.ends,
        expected=statuses.count(Status.BOOKED),
        done=statuses.count(Status.COMPLETED),
        valid_until=now + STALE_AFTER if found.ends is not None else None,
    )


def _turns(day: DoctorDayBoard, now: datetime, found: Forecast) -> tuple[Turn, ...]:
    in_order = [place.booking for place in day.line]
    if day.day >= local_day(now, day.zone):
        in_order = _merged(in_order, [each for each in day.bookings if each.status == Status.BOOKED], found)
    return tuple(_turn(each, place, found.expected.get(each.id)) for place, each in enumerate(in_order))


def _merged(here: list[Booking], to_come: list[Booking], found: Forecast) -> list[Booking]:
    """Those who are here in the order of the rule, and among them those who are to come, by when they will go in."""

    def goes_in(booking: Booking) -> tuple[datetime, datetime]:
        expected = found.expected.get(booking.id)
        return expected.median if expected else LATEST, booking.starts_at

    coming = sorted(to_come, key=goes_in)
    merged: list[Booking] = []
    for booking in here:
        while coming and goes_in(coming[0]) < goes_in(booking):
            merged.append(coming.pop(0))
        merged.append(booking)
    return [*merged, *coming]


def _turn(booking: Booking, place: int, expected: Expected | None) -> Turn:
    return Turn(
        token=booking.token or 0,
        is_here=booking.status == Status.CHECKED_IN,
        ahead=place,
        is_emergency=booking.is_emergency,
        expected=expected,
    )


async def call_next(doctor_id: int, *, by: Actor, now: datetime) -> Appointment:
    """The first of those who wait goes in. Raises NotFound, NotAllowed, QueueEmpty, DoctorBusy."""
    require(by, "treat", await doctor_ref(doctor_id))
    async with transaction() as tx:
        day = await schedules.day_of(tx.connection, doctor_id, now)
        await lock_days(tx, [(doctor_id, day)], now)
        found = await board_within(tx.connection, doctor_id, day)
        if not found.line:
            raise QueueEmpty
        return await begin(tx, await find(tx, found.line[0].booking.id), by=by, now=now)


async def run_late(
    doctor_id: int, by_how_much: timedelta, *, by: Actor, now: datetime, instead_of: timedelta | None = None
) -> timedelta:
    """Say how late today runs, in whole minutes; nought: on time. The event has who is to be told: `tell`.

    What was said before comes back. Raises NotFound, NotAllowed, Invalid, Stale with the `minutes` of it where that is
    not `instead_of`.
    """
    if not timedelta() <= by_how_much <= lateness.LONGEST_DELAY:
        raise Invalid(field="minutes")
    require(by, "run_day", await doctor_ref(doctor_id))
    async with transaction() as tx:
        day = await schedules.day_of(tx.connection, doctor_id, now)
        await lock_days(tx, [(doctor_id, day)], now)
        before = await lateness.delay_of(tx, doctor_id, day)
        if instead_of is not None and before != instead_of:
            raise Stale(minutes=int(before.total_seconds() // 60))
        await lateness.say(tx, doctor_id, day, by_how_much, by=by, now=now)
        return before
