"""Someone stands at the desk: how long he would wait with each doctor of the clinic, and that he is added."""

from datetime import datetime
from typing import Any

import reflex as rx

from core import clock
from core.errors import DomainError
from core.words import N_
from models import Appointment
from models.outgoing_message import Channel
from models.visit import VisitType
from services import desks, inputs, slips, walk_ins
from services.people import Person
from services.permissions import Access, Actor
from state import live
from state.attempt import unknown_where_forbidden
from state.day_actions import DayActions, offer_undo, refuse, say
from state.guard import handler, signed_in
from state.session import language
from state.typed import count_of, number_of
from state.waits import LiveWaits

IS_ADDED = N_("Added, with token {token}.")
IS_ADDED_WITH = N_("Added with {doctor}: token {token}.")
SLIP_SENT = {
    Channel.SMS: N_("The token is on its way by text message."),
    Channel.EMAIL: N_("The token is on its way by e-mail."),
}

FIRST = "first"
"""What the form says where the doctor is whoever is free first."""


class DeskWalkIn(rx.State):
    """The sheet keeps nothing: its fields are the browser's own. What became of it, state/day_actions.py tells."""

    @handler(Access.STAFF)
    async def look(self, clinic_id: str):
        """How long he would wait; for whom runs only his own day, nothing of the others."""
        clinic = await desks.desk(count_of(clinic_id), by=await signed_in(self))
        async for _ in live.watch(self, f"waits:{clinic.clinic_id}", language(self)):
            yield

    @handler(Access.STAFF)
    async def add(self, form: dict[str, Any]):
        """A token with the doctor who was chosen, or with whoever is free first."""
        by, acts, now = await signed_in(self), await self.get_state(DayActions), clock.now()
        try:
            added = await _added(form, by, now)
        except DomainError as refusal:
            refuse(acts, refusal)
            return
        leaf = await self.get_state(LiveWaits)
        name = next((row.doctor for row in leaf.waits if row.id == str(added.doctor_id)), "")
        say(acts, IS_ADDED_WITH if name else IS_ADDED, slip=str(added.id), token=added.token, doctor=name)
        offer_undo(acts, added)

    @handler(Access.STAFF)
    async def send_slip(self, appointment_id: str):
        """The token and the link to the patient's telephone, or by mail."""
        by, acts = await signed_in(self), await self.get_state(DayActions)
        try:
            channel = await slips.send(number_of(appointment_id), by=by, now=clock.now())
        except DomainError as refusal:
            refuse(acts, refusal)
        else:
            say(acts, SLIP_SENT[channel])


async def _added(form: dict[str, Any], by: Actor, now: datetime) -> Appointment:
    visit = inputs.one_of(VisitType, form.get("visit"), "visit")
    known, is_emergency = form.get("patient"), bool(form.get("emergency"))
    whom: Person | int = (
        count_of(known) if known else Person(name=str(form.get("name", "")), phone=str(form.get("phone", "")))
    )
    how: dict[str, Any] = {"by": by, "now": now, "visit": visit, "is_emergency": is_emergency}
    if form.get("doctor") == FIRST:
        clinic = inputs.identity(count_of(form.get("clinic") or by.clinic_id), "clinic_id")
        return await unknown_where_forbidden(walk_ins.walk_in_first_free(whom, clinic, **how))
    return await walk_ins.walk_in(whom, inputs.identity(count_of(form.get("doctor")), "doctor_id"), **how)
