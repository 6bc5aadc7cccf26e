"""One who waits is sent to a colleague: he stands in the other's queue, with a token there, or stays where he is."""

from datetime import datetime
from uuid import UUID

from core.db import transaction
from core.errors import Invalid, Stale
from models import Appointment
from models.appointment import Status
from models.doctor import Mode
from services import inputs, schedules
from services.gaps import gap, todays_rooms
from services.lapsed import end_lapsed, lapsed_of
from services.moves import again, find, lock_days, move
from services.permissions import Actor, require
from services.placing import Placement, Wish, place
from services.refusals import TooLate


async def send(
    appointment_id: UUID, doctor_id: int, *, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """The first gap of today with another doctor of the same clinic; he came when he came, and has no time of his own.

    Raises NotFound, NotAllowed, Invalid for the same doctor, Stale unless he waits, TooLate after his day, DayFull.
    """
    doctor_id = inputs.identity(doctor_id, "doctor_id")
    async with transaction() as tx:
        known = await find(tx, inputs.number(appointment_id, "appointment_id"))
        require(by, "receive", known.appointment)
        if known.appointment.doctor_id == doctor_id:
            raise Invalid(field="doctor_id")
        day = await schedules.day_of(tx.connection, doctor_id, now)
        lapsed = await lapsed_of(tx, known.appointment.patient_id, now)
        there = doctor_id, day
        days = [there, known.doctor_day, *(held.doctor_day for held in lapsed)]
        locks = await lock_days(tx, days, now, tokens=1, drawn_from=[there])
        old = await again(tx, known)
        old.require_version(version)
        appointment = old.appointment
        if appointment.status != Status.CHECKED_IN:
            raise Stale(status=appointment.status)
        if appointment.day != day:
            raise TooLate
        book = await schedules.schedule(tx.connection, doctor_id, day, day)
        schedules.require_day(book, now, day)
        slot = gap(book, day, appointment.visit_type, now, list(todays_rooms(book, day, {appointment.clinic_id})))
        await end_lapsed(tx, lapsed, now)
        await move(tx, old, Status.RESCHEDULED, by=by, now=now)
        wish = Wish(
            patient_id=appointment.patient_id,
            doctor_id=doctor_id,
            starts_at=slot.starts_at,
            mode=Mode.IN_PERSON,
            visit=appointment.visit_type,
        )
        how = Placement(
            status=Status.CHECKED_IN,
            source=appointment.source,
            token=locks[there].last_token,
            rescheduled_from=appointment.id,
            is_emergency=appointment.is_emergency,
            course_id=appointment.course_id,
            checked_in_at=appointment.checked_in_at,
        )
        return await place(tx, wish, slot, day, how, book=book, by=by, now=now)
