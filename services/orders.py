"""What programs ask of the book: to hold, to book, to move, each once under its key, for whoever is meant."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core import db, metrics
from core.db import Transaction, transaction
from core.idempotency import Once, once
from models import Appointment
from models.appointment import ACTIVE, Status, listed
from models.doctor import Mode
from models.visit import VisitType
from services import appointments, bookings, inputs, people, queue, schedules, visit_reasons
from services.alternatives import nearest_open
from services.bookings import Booking
from services.moves import find
from services.people import NOBODY_YET, Meant, Person
from services.permissions import Actor
from services.placing import Wish
from services.refusals import NotOpen, SlotTaken
from services.slots import Why
from services.walls import instant

TAKEN = text(f"""
    SELECT EXISTS (SELECT FROM appointments WHERE doctor_id = :doctor_id AND starts_at = :starts_at
        AND status IN ({listed(ACTIVE - {Status.HELD})}))
""")  # noqa: S608  (the words are ours)


@dataclass(frozen=True)
class WallClock:
    """A date and a time of day on the wall clock of the doctor's home clinic."""

    day: date
    time: time


@dataclass(frozen=True, kw_only=True)
class Order:
    """A time of a doctor for somebody: by his number, by name and telephone, or for whom `people.meant` says.

    Of one that moves an appointment the doctor and the mode may be left out: they stay.
    """

    doctor_id: int | None
    at: datetime | WallClock
    mode: Mode | None = None
    visit: VisitType = VisitType.FIRST_VISIT
    patient_id: int | None = None
    person: Person | None = None
    reason: str | None = None


@metrics.counted("hold")
async def hold(order: Order, *, by: Actor, now: datetime, asked: Once | None = None) -> Booking:
    """Keep a time for five minutes, as `appointments.hold`. Raises what that and `people.meant` raise; Again."""

    async def work(tx: Transaction, wish: Wish) -> Booking:
        whom = await _whom(tx, wish, order, by, now)
        made = await appointments.holding(tx, replace(wish, patient_id=whom.patient_id), by=by, now=now)
        return await bookings.told(tx.connection, made, by, whom.person)

    return await _with_alternatives(order, work, now=now, asked=asked)


@metrics.counted("book")
async def book(order: Order, *, by: Actor, now: datetime, asked: Once | None = None) -> Booking:
    """Book without a hold, as `appointments.book_at`. Raises what that and `people.meant` raise; Again."""

    async def work(tx: Transaction, wish: Wish) -> Booking:
        whom = await _whom(tx, wish, order, by, now)
        made = await appointments.booking(tx, replace(wish, patient_id=whom.patient_id), by=by, now=now)
        await visit_reasons.keep(tx, made, order.reason, now=now)
        return await bookings.told(tx.connection, made, by, whom.person)

    return await _with_alternatives(order, work, now=now, asked=asked)


@metrics.counted("confirm")
async def confirm(hold_id: UUID, *, by: Actor, now: datetime, asked: Once | None = None) -> Booking:
    """Book what is held, as `appointments.book`. Raises what that raises, for another's NotFound; Again."""

    async def work(tx: Transaction) -> Booking:
        return await bookings.told(tx.connection, await appointments.confirming(tx, hold_id, by=by, now=now), by)

    async with bookings.as_it_stands(hold_id, by), transaction() as tx:
        return await once(tx, asked, lambda: work(tx), now=now)


async def release(hold_id: UUID, *, by: Actor, now: datetime) -> None:
    """Let a hold go. Raises NotFound, also for another's."""
    async with bookings.as_it_stands(hold_id, by):
        await appointments.release(hold_id, by=by, now=now)


@metrics.counted("reschedule")
async def reschedule(
    appointment_id: UUID, order: Order, *, by: Actor, now: datetime, version: int, asked: Once | None = None
) -> Booking:
    """Give the patient another time, as `appointments.reschedule`. Raises what that raises, for another's NotFound."""

    async def work(tx: Transaction, wish: Wish) -> Booking:
        made = await appointments.rescheduling(tx, appointment_id, wish, by=by, now=now, version=version)
        return await bookings.told(tx.connection, made, by)

    async with bookings.as_it_stands(appointment_id, by):
        return await _with_alternatives(order, work, now=now, asked=asked, instead_of=appointment_id)


Moving = Callable[..., Awaitable[Appointment]]


async def moved(move: Moving, appointment_id: UUID, *, by: Actor, now: datetime, version: int) -> Booking:
    """`cancel` or one of the moves of `services.visits`, and whom it is for. Raises what that raises, or NotFound."""
    async with bookings.as_it_stands(appointment_id, by):
        appointment = await move(appointment_id, by=by, now=now, version=version)
    return await _told(appointment, by)


async def call_next(doctor_id: int, *, by: Actor, now: datetime) -> Booking:
    """As `queue.call_next`, and whom it is for. Raises what that raises."""
    return await _told(await queue.call_next(doctor_id, by=by, now=now), by)


async def _told(appointment: Appointment, by: Actor) -> Booking:
    async with db.snapshot() as connection:
        return await bookings.told(connection, appointment, by)


async def _with_alternatives(
    order: Order,
    work: Callable[[Transaction, Wish], Awaitable[Booking]],
    *,
    now: datetime,
    asked: Once | None,
    instead_of: UUID | None = None,
) -> Booking:
    """Done once, in one transaction; SlotTaken leaves with the nearest open slots, as they are after the rollback."""
    wished: list[Wish] = []

    async def done(tx: Transaction) -> Booking:
        wished.append(await _wish(tx, order, instead_of))
        return await work(tx, wished[-1])

    try:
        async with transaction() as tx:
            return await once(tx, asked, lambda: done(tx), now=now)
    except SlotTaken as refusal:
        raise SlotTaken(alternatives=await nearest_open(wished[-1], now)) from refusal


async def _wish(tx: Transaction, order: Order, instead_of: UUID | None) -> Wish:
    """What is wished, for nobody yet; where it is instead of an appointment, for its patient. Raises NotFound."""
    patient_id, doctor_id, mode, visit = NOBODY_YET, order.doctor_id, order.mode, order.visit
    if instead_of is not None:
        old = (await find(tx, inputs.number(instead_of, "appointment_id"))).appointment
        patient_id, visit = old.patient_id, old.visit_type
        doctor_id, mode = doctor_id or old.doctor_id, mode or old.mode
    doctor_id = inputs.identity(doctor_id, "doctorId")
    starts_at = order.at
    if isinstance(starts_at, WallClock):
        starts_at = await _shown(tx.connection, doctor_id, starts_at)
    return Wish(
        patient_id=patient_id,
        doctor_id=doctor_id,
        starts_at=starts_at,
        mode=mode or Mode.IN_PERSON,
        visit=visit,
    ).checked()


async def _whom(tx: Transaction, wish: Wish, order: Order, by: Actor, now: datetime) -> Meant:
    """Whoever is meant. Raises SlotTaken where that is plain: before a day is locked, or a person made."""
    at = {"doctor_id": wish.doctor_id, "starts_at": wish.starts_at}
    if wish.starts_at > now and (await tx.execute(TAKEN, at)).scalar_one():
        raise SlotTaken
    return await people.meant(tx, order.patient_id, order.person, by=by, now=now)


async def _shown(connection: AsyncConnection, doctor_id: int, wall: WallClock) -> datetime:
    """When the clock shows that, the first time where it does so twice. Raises NotFound, NotOpen: it never does."""
    zone = await schedules.zone_of(connection, doctor_id)
    if not inputs.FIRST.date() < wall.day < inputs.LAST.date():
        raise NotOpen(why=Why.OUTSIDE_HOURS)
    moment = instant(wall.day, wall.time, zone)
    if moment.astimezone(ZoneInfo(zone)).time() != wall.time:
        raise NotOpen(why=Why.OUTSIDE_HOURS)
    return moment
