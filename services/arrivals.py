"""A patient says that he is here: by the link to his appointment and the clinic's code of the day."""

from datetime import datetime
from uuid import UUID

from core.db import transaction
from core.errors import Stale
from models import Appointment
from models.appointment import Status
from services import check_in_codes, schedules, trail, tries, visit_links, visit_tickets
from services.check_in_codes import WrongCheckInCode
from services.moves import locked, move
from services.permissions import require
from services.refusals import TooEarly, TooLate
from services.visits import AROUND
from services.walls import local_day


async def arrive(code: str, typed: str, *, address: str | None, now: datetime) -> Appointment:
    """Check in the patient of that link, wherever he was moved to; once he is here, saying it again changes nothing.

    Only on the day and around the time. Raises NotFound, TooMany, WrongCheckInCode, TooEarly, TooLate, Stale.
    """
    linked = visit_links.opened(code)
    async with tries.arriving(str(linked), address=address):
        appointment_id = (await visit_tickets.ticket(code)).id
        return await _arrive(appointment_id, typed, address=address, now=now)


async def _arrive(appointment_id: UUID, typed: str, *, address: str | None, now: datetime) -> Appointment:
    async with transaction() as tx:
        old = await locked(tx, appointment_id, now)
        appointment = old.appointment
        today = local_day(now, await schedules.zone_of(tx.connection, appointment.doctor_id))
        if today < appointment.day or appointment.starts_at - now > AROUND:
            raise TooEarly
        if today > appointment.day or now - appointment.starts_at > AROUND:
            raise TooLate
        if not check_in_codes.is_right(typed, appointment.clinic_id, appointment.day):
            raise WrongCheckInCode
        if appointment.status in {Status.CHECKED_IN, Status.IN_CONSULTATION}:
            return appointment
        if appointment.status != Status.BOOKED:
            raise Stale(status=appointment.status)
        by = visit_links.holder(appointment.patient_id, old.account_id, address=address)
        require(by, "arrive", appointment)
        what = "appointment", str(appointment_id)
        details = {"door": "visit link"}
        tx.record(trail.entry(by, "ArrivedByLink", what, now=now, patient_id=appointment.patient_id, details=details))
        return await move(tx, old, Status.CHECKED_IN, by=by, now=now, checked_in_at=now)
