"""What the desk does with its grid: pick an appointment up, set it down elsewhere, take that back; and at the door.

The version that the screen showed goes along. A move that is refused says who was faster, when and where, and which
other times are open.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import reflex as rx

from core import clock
from core.errors import DomainError, Invalid, NotSignedIn, Stale
from core.words import N_, words
from models import Appointment
from models.visit import VisitType
from services import appointments, desk, inputs, moving, orders, presence, reach, visits, who_moved
from services.orders import Order
from services.people import Person
from services.permissions import Access, Actor
from services.reach import Opening
from services.refusals import PatientBusy, PlaceTaken, SlotTaken
from services.undoing import undo as take_back
from state.attempt import attempt, unknown_where_forbidden
from state.desk import DOCTORS, Desk
from state.desk_alternatives import Alternative, Wished, alternatives, free
from state.desk_minutes import held, moment, told, wall_clock
from state.faster import faster_or_oneself, what_is_in_the_way
from state.guard import handler, signed_in
from state.rows import day_time
from state.session import language
from state.typed import count_of, number_of, version_of

IS_MOVED = N_("Moved to {time}.")
IS_GIVEN = N_("Moved to {time}, {place}.")
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
        about, shown = number_of(appointment_id), await self.get_state(Desk)
        await presence.presence.hold(self.router.session.session_id, str(about))
        try:
            found = await unknown_where_forbidden(_open_for(about, shown, by))
        except DomainError as refusal:
            await self._refuse(refusal, by, about)
        else:
            self.reach = told(about, found, await self._zone())

    @handler(Access.STAFF)
    async def edit(self, what: str):
        """Have its sheet open, or that of an open time: the others see whose hand it is in."""
        await signed_in(self)
        await presence.presence.hold(self.router.session.session_id, held(what))

    @handler(Access.STAFF)
    async def put_down(self):
        """Let go of it where it was, or close its sheet."""
        await signed_in(self)
        self.reach = ""
        await presence.presence.hold(self.router.session.session_id, "")

    @handler(Access.STAFF)
    async def drop(
        self,
        request: int,
        appointment_id: str,
        version: int,
        doctor_id: int,
        day: str,
        minute: int,
        tells: bool,
        kind: str = DOCTORS,
        place_id: int = 0,
    ):
        """Set it down there, if it is still what the screen showed and the time is still open.

        Where the columns are therapists or rooms, `place_id` is whose column it is.
        """
        by, (about, at) = await signed_in(self), (number_of(appointment_id), moment(day, minute, await self._zone()))
        if type(request) is not int or type(doctor_id) is not int or type(kind) is not str:
            raise Invalid(field="request")
        place = None if kind == DOCTORS else (kind, place_id)
        self.request, self.tells, self.reach = request, tells is True, ""
        try:
            how: dict[str, Any] = {"doctor_id": doctor_id, "starts_at": at, "tells": self.tells, "place": place}
            moved = await attempt(moving.move_to, appointment_id, version, by, **how)
        except DomainError as refusal:
            await self._refuse(refusal, by, about, Wished(doctor_id, at, version_of(version), place))
        else:
            shown = await self.get_state(Desk)
            name = next((each.name for each in shown.offered if place and each.id == str(place_id)), "")
            time = day_time(moved.starts_at, await self._zone(), language(self))
            self._say(IS_GIVEN if name else IS_MOVED, about, time=time, place=name)
            if moved.id != about:
                self._may_undo(moved, "move")
            elif moved.version != version:
                self._may_undo(moved, "door")
        finally:
            # After it: the others are told both at about the same time.
            await presence.presence.hold(self.router.session.session_id, "")

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
        wished: Wished | None = None,
    ) -> None:
        """Say why, by whom it came to that, and what is open instead."""
        if isinstance(refusal, NotSignedIn):
            raise refusal
        spoken = language(self)
        self._answer(str(about or ""))
        self.refusal = words(spoken).gettext(refusal.message)
        if about is None:
            return
        zone = await self._zone()
        if isinstance(refusal, Stale):
            last = await who_moved.last_move(about, by=by, now=clock.now())
            self.reason = faster_or_oneself(last, spoken)
            # Where it can still go somewhere, it goes there as it stands by now.
            wished = wished._replace(version=last.version) if wished and last else None
        elif wished is not None and isinstance(refusal, SlotTaken | PatientBusy | PlaceTaken):
            doctor_id, at, place = wished.doctor_id, wished.at, wished.place
            self.reason = await what_is_in_the_way(about, doctor_id, at, zone, by, spoken, place=place)
        if wished is not None:
            self.version = wished.version
            self.alternatives = await alternatives(about, wished, zone, by, spoken)
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


async def _open_for(about: UUID, shown: Desk, by: Actor) -> list[tuple[str, Opening]]:
    """What is open for it in the columns that are shown, and whose column that is: a doctor's, or a place's."""
    part, now = shown.part, clock.now()
    if shown.kind == DOCTORS:
        doctors = [part.doctor_id] if part.doctor_id else [each for each, _ in await desk.doctors_of(part.clinic_id)]
        found = await reach.reach(about, doctors, part.first, part.last, by=by, now=now)
        return [(str(each.doctor_id), each) for each in found]
    places = await reach.reach_places(about, shown.kind, part.first, part.last, by=by, now=now)
    return [(f"{shown.kind}{place_id}", each) for place_id, openings in places.items() for each in openings]
