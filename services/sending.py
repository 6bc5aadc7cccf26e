"""Who waits, or is inside, is sent on to a colleague or a therapist, with a token there; or stays where he is."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from core.db import Transaction, transaction
from core.errors import Invalid, Stale
from models import Appointment
from models.appointment import Source, Status
from models.doctor import Mode
from models.visit import VisitType
from services import inputs, schedules
from services.day_locks import lock_days
from services.gaps import gap, todays_rooms
from services.lapsed import end_lapsed, lapsed_of
from services.moves import Entry, again, find, move
from services.permissions import Actor, require
from services.placing import Placement, Wish, place
from services.refusals import TooLate
from services.slots import Schedule
from services.therapy.first_free import first_free
from services.therapy.places import lock_places


@dataclass(frozen=True)
class _Leaving:
    """One who has left his place, and the book and the token of today's doctor who takes him over."""

    was: Appointment
    book: Schedule
    day: date
    placement: Placement


async def send(
    appointment_id: UUID, doctor_id: int, *, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """The first gap of today with another doctor of the same clinic; he came when he came, and has no time of his own.

    Raises NotFound, NotAllowed, Invalid for the same doctor, Stale unless he waits or is inside, TooLate after his day,
    DayFull.
    """
    doctor_id = inputs.identity(doctor_id, "doctor_id")
    async with transaction() as tx:
        known = await _known(tx, appointment_id, by)
        if known.appointment.doctor_id == doctor_id:
            raise Invalid(field="doctor_id")
        leaving = await _leave(tx, known, doctor_id, by=by, now=now, version=version)
        book, day, was = leaving.book, leaving.day, leaving.was
        slot = gap(book, day, was.visit_type, now, list(todays_rooms(book, day, {was.clinic_id})))
        wish = _wish(was, doctor_id, slot.starts_at, was.visit_type)
        return await place(tx, wish, slot, day, leaving.placement, book=book, by=by, now=now)


async def send_to_therapist(
    appointment_id: UUID, therapist_id: int, *, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """A Panchakarma session in his doctor's book, as soon today as doctor, therapist and a room of the clinic are free.

    From then on he has a time of his own, however he came. Raises NotFound, also for a therapist who is not of the
    clinic, NotAllowed, Stale unless he waits or is inside, TooLate after his day, NoTimeTogether.
    """
    therapist_id = inputs.identity(therapist_id, "therapist_id")
    async with transaction() as tx:
        known = await _known(tx, appointment_id, by)
        rooms = await lock_places(tx, therapist_id, known.appointment.clinic_id)
        leaving = await _leave(tx, known, known.appointment.doctor_id, by=by, now=now, version=version)
        book, day, was = leaving.book, leaving.day, leaving.was
        slot, room_id = await first_free(
            tx, book, day, patient_id=was.patient_id, therapist_id=therapist_id, rooms=rooms, at=was.clinic_id, now=now
        )
        source = Source.PHONE if was.source == Source.WALK_IN else was.source
        how = replace(leaving.placement, source=source, is_emergency=False, therapist_id=therapist_id, room_id=room_id)
        wish = _wish(was, was.doctor_id, slot.starts_at, VisitType.PANCHAKARMA)
        return await place(tx, wish, slot, day, how, book=book, by=by, now=now)


async def _known(tx: Transaction, appointment_id: UUID, by: Actor) -> Entry:
    known = await find(tx, inputs.number(appointment_id, "appointment_id"))
    require(by, "receive", known.appointment)
    return known


async def _leave(
    tx: Transaction, known: Entry, doctor_id: int, *, by: Actor, now: datetime, version: int | None
) -> _Leaving:
    """Free his place for one that he gets with that doctor; whoever is inside has had his visit."""
    day = await schedules.day_of(tx.connection, doctor_id, now)
    lapsed = await lapsed_of(tx, known.appointment.patient_id, now)
    there = doctor_id, day
    days = [there, known.doctor_day, *(held.doctor_day for held in lapsed)]
    locks = await lock_days(tx, days, now, tokens=1, drawn_from=[there])
    old = await again(tx, known)
    old.require_version(version)
    was = old.appointment
    if was.status not in (Status.CHECKED_IN, Status.IN_CONSULTATION):
        raise Stale(status=was.status)
    if was.day != day:
        raise TooLate
    await end_lapsed(tx, lapsed, now)
    is_inside = was.status == Status.IN_CONSULTATION
    if is_inside:
        require(by, "treat", was)
        await move(tx, old, Status.COMPLETED, by=by, now=now, ended_at=now)
    else:
        await move(tx, old, Status.RESCHEDULED, by=by, now=now)
    # Read only now: his own time is free again.
    book = await schedules.schedule(tx.connection, doctor_id, day, day)
    schedules.require_day(book, now, day)
    placement = Placement(
        status=Status.CHECKED_IN,
        source=was.source,
        token=locks[there].last_token,
        rescheduled_from=was.id,
        is_emergency=was.is_emergency,
        course_id=None if is_inside else was.course_id,
        checked_in_at=now if is_inside else was.checked_in_at,
    )
    return _Leaving(was, book, day, placement)


def _wish(was: Appointment, doctor_id: int, starts_at: datetime, visit: VisitType) -> Wish:
    return Wish(patient_id=was.patient_id, doctor_id=doctor_id, starts_at=starts_at, mode=Mode.IN_PERSON, visit=visit)
