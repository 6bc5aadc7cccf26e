"""Whoever waits for a late doctor takes another of his times by himself: the link to the visit is all that it takes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.db import transaction
from core.errors import Stale
from models import Appointment
from services import appointments, inputs, lateness, tries, visit_links, visit_tickets
from services.moves import Entry, find
from services.placing import Wish
from services.reach import Opening, reach
from services.refusals import NoFreeMove, NotOpen
from services.slots import Why
from services.trail import entry
from services.visit_links import holder
from services.walls import local_day

AHEAD = timedelta(days=14)
"""How far other times are looked for."""


@dataclass(frozen=True, kw_only=True)
class FreeMove:
    """The open times that the visit could have instead, in order of time. `zone` is the clinic's."""

    appointment_id: UUID
    version: int
    zone: str
    openings: tuple[Opening, ...]


async def free_move(code: str, *, address: str | None, now: datetime) -> FreeMove:
    """The times of the same doctor at the same clinic that are open for whoever has that link.

    Raises NotFound, TooMany, NoFreeMove where the doctor is not late for him.
    """
    await tries.looking_for_a_move(str(visit_links.opened(code)), address=address)
    ticket = await visit_tickets.ticket(code)
    async with transaction() as tx:
        old = await find(tx, ticket.id)
        if not await lateness.frees(tx, old.appointment, now):
            raise NoFreeMove
    today, appointment = local_day(now, ticket.zone), old.appointment
    by = holder(appointment.patient_id, old.account_id, address=address)
    found = await reach(appointment.id, [appointment.doctor_id], today, today + AHEAD, by=by, now=now)
    here = tuple(each for each in found if each.clinic_id == appointment.clinic_id)
    return FreeMove(appointment_id=appointment.id, version=appointment.version, zone=ticket.zone, openings=here)


async def move_free(
    code: str, starts_at: datetime, *, seen: UUID, version: int, address: str | None, now: datetime
) -> Appointment:
    """The same visit at that time of its doctor; it was chosen on the appointment `seen`, of that version.

    Said twice it is done once.

    Raises NotFound, TooMany, NoFreeMove, Stale, Invalid, NotOpen, PatientBusy, PlaceTaken, SlotTaken.
    """
    linked = visit_links.opened(code)
    wished = inputs.moment(starts_at, "starts_at")
    await tries.moving(str(linked), address=address)
    appointment_id, seen = (await visit_tickets.ticket(code)).id, inputs.number(seen, "seen")
    async with transaction() as tx:
        old = await find(tx, appointment_id)
        if appointment_id != seen:
            if old.appointment.starts_at == wished:
                return old.appointment
            raise Stale(status=old.appointment.status)
        by = holder(old.appointment.patient_id, old.account_id, address=address)
        wish = _at(old, wished)
        moved = await appointments.rescheduling(tx, appointment_id, wish, by=by, now=now, version=version)
        if moved.clinic_id != old.appointment.clinic_id:
            # Where he may be known to nobody, and which was not offered.
            raise NotOpen(why=Why.OUTSIDE_HOURS)
        details = {"from": str(appointment_id), "to": str(moved.id)}
        what, patient_id = ("visit_link", str(linked)), moved.patient_id
        tx.record(entry(by, "MovedByLink", what, now=now, patient_id=patient_id, details=details))
        return moved


def _at(old: Entry, starts_at: datetime) -> Wish:
    was = old.appointment
    return Wish(
        patient_id=was.patient_id, doctor_id=was.doctor_id, starts_at=starts_at, mode=was.mode, visit=was.visit_type
    ).checked()
