"""The sheet for taking a payment, alone or with the check-in; what became of it state/day_actions.py tells."""

from typing import Any

import reflex as rx

from core import clock
from core.errors import DomainError, Invalid
from core.words import N_
from models import DeskPayment
from models.desk_payment import Method
from services import desk_payments, inputs, visits
from services.desk_payments import Tender
from services.permissions import Access, Actor
from state.amounts import minor_units
from state.attempt import attempt, unknown_where_forbidden
from state.day_actions import IS_HERE, DayActions, refuse, say
from state.guard import handler, signed_in
from state.rows import money
from state.session import language
from state.typed import count_of, number_of, version_of

IS_TAKEN = N_("{amount} taken.")
IS_LET_OFF = N_("Let off: nothing is left to pay.")
IS_HERE_AND_PAID = N_("Here, and {amount} taken.")

LATER, HERE, TAKE = "later", "here", "take"
"""What the sheet's buttons say: here and pays later, here and pays, pays."""


class DeskPayments(rx.State):
    """The sheet keeps nothing: its fields are the browser's own."""

    @handler(Access.STAFF)
    async def take(self, form: dict[str, Any]):
        """Note what was paid, check in, or both at once."""
        by, acts = await signed_in(self), await self.get_state(DayActions)
        try:
            if form.get("what") == LATER:
                here = await attempt(visits.check_in, form.get("appointment"), form.get("version"), by)
                say(acts, IS_HERE, token=here.token, slip=str(here.id))
                return
            paid = await unknown_where_forbidden(_taken(form, by))
        except DomainError as refusal:
            refuse(acts, refusal)
            return
        is_here = form.get("what") == HERE
        sentence = IS_HERE_AND_PAID if is_here else IS_TAKEN if paid.amount else IS_LET_OFF
        slip = str(paid.appointment_id) if is_here else ""
        say(acts, sentence, amount=money(paid.amount, paid.currency, language(self)), slip=slip)


async def _taken(form: dict[str, Any], by: Actor) -> DeskPayment:
    tender = Tender(
        amount=minor_units(form.get("amount"), "amount"),
        due=count_of(form.get("due")),
        method=inputs.one_of(Method, form.get("method"), "method"),
        reference=str(form.get("reference") or ""),
        reason=str(form.get("reason") or ""),
    )
    appointment_id, key, now = number_of(form.get("appointment")), str(form.get("key") or ""), clock.now()
    if form.get("what") == HERE:
        version = version_of(form.get("version"))
        return await desk_payments.check_in_and_take(appointment_id, tender, key=key, by=by, now=now, version=version)
    if form.get("what") != TAKE:
        raise Invalid(field="what")
    return await desk_payments.take(appointment_id, tender, key=key, by=by, now=now)
