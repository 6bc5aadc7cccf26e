"""The doctor's queue: who is in, who waits in which order, how late the day runs; its view has tokens and names nobody.

The rule: emergencies first, in the order in which they came; then everybody by the time that is his. Who comes more
than GRACE after his time goes by when he came.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlmodel import col

from core.db import transaction
from core.errors import Invalid
from core.events import Event
from models import Appointment, DoctorDay
from models.appointment import Status
from services import inputs, schedules
from services.days import Booking, DoctorDayBoard, board, board_within, doctor_ref, open_board
from services.moves import find, lock_days
from services.permissions import Actor, can, require
from services.refusals import QueueEmpty
from services.trail import entry
from services.visits import begin
from services.walls import local_day

GRACE = timedelta(minutes=10)
"""How late one may come and still keep his place."""

LONGEST_DELAY = timedelta(hours=8)


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Of one doctor's day, by tokens. `version` is the doctor-day's; `expected` are booked and not here yet."""

    doctor_id: int
    day: date
    zone: str
    version: int
    delay: timedelta
    inside: int | None
    waiting: tuple[int, ...]
    expected: int
    done: int
    valid_until: datetime | None = None


def in_order(bookings: Iterable[Booking]) -> list[Booking]:
    """Those who are here and wait, in the order in which they go in."""
    return sorted((b for b in bookings if b.status == Status.CHECKED_IN), key=_turn)


async def queue(doctor_id: int, day: date) -> Queue:
    """The queue as it stands; anybody may know it. Raises NotFound."""
    return of(await board(doctor_id, day))


async def today(doctor_id: int, now: datetime) -> Queue:
    """The same of today, where the doctor is. Raises NotFound."""
    return await queue(doctor_id, local_day(now, (await doctor_ref(doctor_id)).zone))


async def look(
    doctor_id: int, day: date | None, *, by: Actor | None, now: datetime
) -> tuple[Queue, DoctorDayBoard | None]:
    """The queue of a day, by default today's; with the day's board for one who may see it. Raises NotFound."""
    doctor = await doctor_ref(inputs.identity(doctor_id, "doctor_id"))
    day = day or local_day(now, doctor.zone)
    if by is None or not can(by, "see_day", doctor):
        return await queue(doctor_id, day), None
    opened = await open_board(doctor_id, day, by=by, now=now)
    return of(opened), opened


def of(day: DoctorDayBoard) -> Queue:
    """The queue of a day."""
    statuses = [booking.status for booking in day.bookings]
    inside = [booking.token for booking in day.bookings if booking.status == Status.IN_CONSULTATION]
    return Queue(
        doctor_id=day.doctor_id,
        day=day.day,
        zone=day.zone,
        version=day.version,
        delay=day.delay,
        inside=inside[0] if inside else None,
        waiting=tuple(booking.token for booking in in_order(day.bookings) if booking.token is not None),
        expected=statuses.count(Status.BOOKED),
        done=statuses.count(Status.COMPLETED),
    )


async def call_next(doctor_id: int, *, by: Actor, now: datetime) -> Appointment:
    """The first of those who wait goes in. Raises NotFound, NotAllowed, QueueEmpty, DoctorBusy."""
    require(by, "treat", await doctor_ref(doctor_id))
    async with transaction() as tx:
        day = await schedules.day_of(tx.connection, doctor_id, now)
        await lock_days(tx, [(doctor_id, day)], now)
        waiting = in_order((await board_within(tx.connection, doctor_id, day)).bookings)
        if not waiting:
            raise QueueEmpty
        return await begin(tx, await find(tx, waiting[0].id), by=by, now=now)


async def run_late(doctor_id: int, by_how_much: timedelta, *, by: Actor, now: datetime) -> None:
    """Say how late today runs, in whole minutes; nought: on time. Raises NotFound, NotAllowed, Invalid."""
    if not timedelta() <= by_how_much <= LONGEST_DELAY:
        raise Invalid(field="minutes")
    minutes = int(by_how_much.total_seconds() // 60)
    require(by, "run_day", await doctor_ref(doctor_id))
    async with transaction() as tx:
        day = await schedules.day_of(tx.connection, doctor_id, now)
        version = (await lock_days(tx, [(doctor_id, day)], now))[doctor_id, day].version
        today = col(DoctorDay.doctor_id) == doctor_id, col(DoctorDay.day) == day
        await tx.execute(update(DoctorDay).where(*today).values(delay_minutes=minutes))
        topics = f"doctor:{doctor_id}", f"doctor:{doctor_id}:{day}"
        data = {"doctor_id": doctor_id, "day": day.isoformat(), "day_version": version, "minutes": minutes}
        tx.announce(Event(kind="DoctorRunsLate", topics=topics, data=data, occurred_at=now))
        what = "doctor_day", f"{doctor_id}:{day}"
        tx.record(entry(by, "DoctorRunsLate", what, now=now, details={"minutes": minutes}))


def _turn(booking: Booking) -> tuple[bool, datetime, int]:
    came = booking.checked_in_at or booking.starts_at
    is_late = came > booking.starts_at + GRACE
    turn = came if booking.is_emergency or is_late else booking.starts_at
    return not booking.is_emergency, turn, booking.token or 0
