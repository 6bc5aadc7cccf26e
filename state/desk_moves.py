"""What the desk does with its grid: pick an appointment up, set it down elsewhere, take that back; and at the door.

The version that the screen showed goes along. A move that is refused says who was faster, when and where, and which
other times are open.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import reflex as rx

from core import clock
from core.errors import DomainError, Invalid, NotSignedIn, Stale
from core.words import N_, words
from models import Appointment
from models.visit import VisitType
from services import appointments, desk, inputs, moving, orders, presence, reach, visits
from services.orders import Order
from services.people import Person
from services.permissions import Access, Actor
from services.refusals import PatientBusy, PlaceTaken, SlotTaken
from services.undoing import undo as take_back
from state.attempt import attempt, unknown_where_forbidden
from state.desk import Desk
from state.desk_alternatives import Alternative, alternatives, free
from state.desk_minutes import moment, told, wall_clock
from state.faster import what_is_in_the_way, who_was_faster
from state.guard import handler, signed_in
from state.rows import day_time
from state.session import language
from state.typed import count_of, number_of, version_of

IS_MOVED = N_("Moved to {time}.")
IS_BACK = N_("Taken back: it is where it was.")
IS_HERE = N_("Token {token} is here.")
IS_MISSED = N_("Token {token} did not come.")
IS_CANCELLED = N_("Cancelled.")
IS_BOOKED = N_("Booked, with token {token}.")

UNDONE_BY = {"move": moving.move_back, "door": take_back}
"""How what was done last is taken back."""


class DeskMoves(rx.State):
    """What became of the last action. `answered` goes up with each answer; `request` is the screen's own number of it.

    `reach` are the times that are open for what is in the hand.
    """

    answered: int = 0
    request: int = 0
    about: str = ""
    said: str = ""
    refusal: str = ""
    reason: str = ""
    alternatives: list[Alternative] = []
    version: int = 0
    tells: bool = True
    undo_id: str = ""
    undo_version: int = 0
    reach: str = ""
    _undo_by: str = "move"

    @handler(Access.STAFF)
    async def pick_up(self, appointment_id: str):
        """Have it in the hand: the others see by whom, and its open times come back."""
        by = await signed_in(self)
        about, part = number_of(appointment_id), (await self.get_state(Desk)).part
        await presence.presence.hold(self.router.session.session_id, str(about))
        doctors = [part.doctor_id] if part.doctor_id else [each for each, _ in await desk.doctors_of(part.clinic_id)]
        try:
            found = await unknown_where_forbidden(
                reach.reach(about, doctors, part.first, part.last, by=by, now=clock.now())
            )
        except DomainError as refusal:
            await self._refuse(refusal, by, about)
        else:
            self.reach = told(about, found, await self._zone())

    @handler(Access.STAFF)
    async def put_down(self):
        """Let go of it where it was."""
        await signed_in(self)
        self.reach = ""
        await presence.presence.hold(self.router.session.session_id, "")

    @handler(Access.STAFF)
    async def drop(
        self, request: int, appointment_id: str, version: int, doctor_id: int, day: str, minute: int, tells: bool
    ):
        """Set it down there, if it is still what the screen showed and the time is still open."""
        by, (about, at) = await signed_in(self), (number_of(appointment_id), moment(day, minute, await self._zone()))
        if type(request) is not int or type(doctor_id) is not int:
            raise Invalid(field="request")
        self.request, self.tells, self.reach = request, tells is True, ""
        await presence.presence.hold(self.router.session.session_id, "")
        try:
            moved = await attempt(
                moving.move_to, appointment_id, version, by, doctor_id=doctor_id, starts_at=at, tells=self.tells
            )
        except DomainError as refusal:
            await self._refuse(refusal, by, about, doctor_id=doctor_id, at=at, version=version_of(version))
        else:
            self._say(IS_MOVED, about, time=day_time(moved.starts_at, await self._zone(), language(self)))
            self._may_undo(moved, "move")

    @handler(Access.STAFF)
    async def undo(self):
        """Take back what this screen did last, if nothing has happened to it since."""
        by, about = await signed_in(self), number_of(self.undo_id)
        undo, more = UNDONE_BY.get(self._undo_by, moving.move_back), {}
        if self._undo_by == "move":
            more["tells"] = self.tells
        try:
            await attempt(undo, self.undo_id, self.undo_version, by, **more)
        except DomainError as refusal:
            await self._refuse(refusal, by, about)
        else:
            self._say(IS_BACK, about)

    @handler(Access.STAFF)
    async def check_in(self, appointment_id: str, version: int):
        """He is here."""
        await self._at_the_door(visits.check_in, appointment_id, version, IS_HERE)

    @handler(Access.STAFF)
    async def miss(self, appointment_id: str, version: int):
        """He did not come."""
        await self._at_the_door(visits.no_show, appointment_id, version, IS_MISSED)

    @handler(Access.STAFF)
    async def cancel(self, appointment_id: str, version: int):
        """He does not want to come."""
        await self._at_the_door(appointments.cancel, appointment_id, version, IS_CANCELLED, can_undo=False)

    @handler(Access.STAFF)
    async def book(self, form: dict[str, Any]):
        """Somebody telephones: that open time is his."""
        by = await signed_in(self)
        try:
            order = Order(
                doctor_id=count_of(form.get("doctor")),
                at=wall_clock(form.get("day"), count_of(form.get("minute"))),
                visit=inputs.one_of(VisitType, form.get("visit"), "visit"),
                person=Person(name=str(form.get("name", "")), phone=str(form.get("phone", ""))),
            )
            made = (await unknown_where_forbidden(orders.book(order, by=by, now=clock.now()))).appointment
        except DomainError as refusal:
            await self._refuse(refusal, by, None)
        else:
            self._say(IS_BOOKED, made.id, token=made.token)

    @handler(Access.PUBLIC)
    def put_away(self):
        """Close what was said; a page that is opened says nothing yet."""
        self._answer("")
        self.request, self.reach = 0, ""

    async def _at_the_door(
        self,
        act: Callable[..., Awaitable[Appointment]],
        appointment_id: str,
        version: int,
        said: str,
        *,
        can_undo: bool = True,
    ) -> None:
        by, about = await signed_in(self), number_of(appointment_id)
        try:
            done = await attempt(act, appointment_id, version, by)
        except DomainError as refusal:
            await self._refuse(refusal, by, about)
        else:
            self._say(said, about, token=done.token)
            if can_undo:
                self._may_undo(done, "door")

    async def _zone(self) -> str:
        return (await self.get_state(Desk))._zone or "UTC"

    async def _refuse(
        self,
        refusal: DomainError,
        by: Actor,
        about: UUID | None,
        *,
        doctor_id: int = 0,
        at: datetime | None = None,
        version: int = 0,
    ) -> None:
        """Say why, by whom it came to that, and what is open instead."""
        if isinstance(refusal, NotSignedIn):
            raise refusal
        spoken = language(self)
        self._answer(str(about or ""))
        self.refusal = words(spoken).gettext(refusal.message)
        if about is None:
            return
        if isinstance(refusal, Stale):
            self.reason = await who_was_faster(about, by, spoken)
        elif at is not None:
            zone = await self._zone()
            if isinstance(refusal, SlotTaken | PatientBusy | PlaceTaken):
                self.reason = await what_is_in_the_way(about, doctor_id, at, zone, by, spoken)
            self.version = version
            self.alternatives = await alternatives(about, doctor_id, at, zone, by, spoken)
            if self.alternatives:
                self.reason = f"{self.reason or self.refusal} {free(self.alternatives, spoken)}"

    def _say(self, sentence: str, about: UUID, **values: Any) -> None:
        self._answer(str(about))
        self.said = words(language(self)).gettext(sentence).format(**values)

    def _may_undo(self, done: Appointment, how: str) -> None:
        self.undo_id, self.undo_version, self._undo_by = str(done.id), done.version, how

    def _answer(self, about: str) -> None:
        self.answered += 1
        self.about = about
        self.said = self.refusal = self.reason = self.undo_id = ""
        self.alternatives = []
