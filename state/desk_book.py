"""Booking at the desk: for a caller, or the next visit of one who is here. The wish stands in the address too."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import reflex as rx

from core import clock
from core.errors import DomainError, Invalid, NotFound, NotSignedIn
from models.visit import VisitType
from services import days, orders
from services.bookings import Booking
from services.clinics import Place
from services.open_times import COUNT, MOST
from services.orders import Order
from services.people import Person
from services.permissions import Access, Actor, admit
from services.refusals import SlotTaken
from services.therapy import course_orders
from services.therapy.course_plan import Plan
from state import address, desk_booked, desk_rows, desk_wish
from state.desk_found import look
from state.desk_refusals import why_not
from state.desk_rows import BookedRow, CourseRow, EaseRow, TimeRow
from state.desk_start import begin, book_for, go_to, here, known
from state.desk_wish import DeskWish
from state.doctor_choice import Option
from state.guard import handler, signed_in
from state.session import language
from state.staff_page import staff_page


class DeskBook(rx.State):
    """The page. `edition` goes up where the form is to show other values than were typed into it, `answered` with each
    answer to a wish.
    """

    clinics: list[Option] = []
    doctors: list[Option] = []
    wish: DeskWish = DeskWish()
    patient: str = ""
    today: str = ""
    steps: list[Option] = []
    back: str = ""
    times: list[TimeRow] = []
    may_more: bool = False
    easier: list[EaseRow] = []
    instead: list[TimeRow] = []
    course: CourseRow = CourseRow()
    booked: list[BookedRow] = []
    refusal: str = ""
    edition: int = 0
    answered: int = 0
    is_ready: bool = False
    is_refused: bool = False
    is_missing: bool = False
    is_signed_out: bool = False
    _place: Place | None = None
    _patient_id: int | None = None
    _person: Person | None = None
    _plan: Plan | None = None
    _count: int = COUNT

    @handler(Access.PUBLIC)
    async def load(self):
        """What the address asks for: whom it is for, with which doctor, and the wish."""
        said, stood, edition = self.router.url.query_parameters, (self.wish, self._patient_id), self.edition
        self.reset()
        with staff_page(self):
            by = await signed_in(self)
            admit(by, Access.STAFF)
            try:
                await begin(self, by, said)
                # After a connection that was lost what has been typed stays.
                self.edition = edition + ((self.wish, self._patient_id) != stood)
                await look(self, by)
                if made := await desk_booked.still_booked(said.get("booked", ""), by=by, now=clock.now()):
                    await self._tell(made, by)
            except (NotFound, Invalid):
                self.is_missing = True

    @handler(Access.STAFF)
    async def choose_patient(self, patient_id: str):
        """One whom the box has found; who has been found comes again, unless something else was wished already."""
        by = await signed_in(self)
        await book_for(self, by, patient_id)
        if self.wish.visit == VisitType.FIRST_VISIT:
            self.wish = replace(self.wish, visit=VisitType.FOLLOW_UP)
            self.edition += 1
        await look(self, by)
        self.answered += 1
        return address.say(patient=str(self._patient_id), **self.wish.in_address())

    @handler(Access.STAFF)
    def name_patient(self, form: dict[str, Any]):
        """Whom it is for, as he says it on the telephone."""
        self._person = Person(name=str(form.get("name", "")), phone=str(form.get("phone", "")))

    @handler(Access.STAFF)
    async def ask(self, form: dict[str, Any]):
        """Look for what is wished now."""
        by = await signed_in(self)
        self.refusal, self.instead, self._count = "", [], COUNT
        try:
            await go_to(self, by, form.get("clinic", self.wish.clinic))
            self.wish = known(self, desk_wish.of_form(form, self.wish)).checked(here(self))
            await look(self, by)
        except DomainError as refusal:
            self._refuse(refusal)
        self.answered += 1
        return address.say(**self.wish.in_address())

    @handler(Access.STAFF)
    async def refresh(self):
        """Read the times anew; the page asks again and again, for others book meanwhile."""
        if self.is_ready and not self.booked and not self.wish.is_course:
            await look(self, await signed_in(self))

    @handler(Access.STAFF)
    async def more(self):
        """Later times too."""
        self._count = min(self._count + COUNT, MOST)
        await look(self, await signed_in(self))

    @handler(Access.STAFF)
    async def book(self, doctor_id: int, starts_at: str):
        """That time, at once."""
        if self.booked:
            # The second press of a double click.
            return None
        by, now = await signed_in(self), clock.now()
        self.refusal, self.instead = "", []
        try:
            asked = self.wish.asked(here(self))
            order = Order(
                doctor_id=doctor_id,
                at=_instant(starts_at),
                mode=asked.mode,
                visit=asked.visit,
                patient_id=self._patient_id,
                person=None if self._patient_id is not None else self._person,
            )
            made = await orders.book(order, by=by, now=now)
        except SlotTaken as refusal:
            self._refuse(refusal)
            who, others = await days.doctor_ref(doctor_id), refusal.data["alternatives"]
            self.instead = [desk_rows.instead_row(slot, who, language(self), now) for slot in others]
        except DomainError as refusal:
            self._refuse(refusal)
        else:
            return await self._tell(made, by)
        await look(self, by)
        return None

    @handler(Access.STAFF)
    async def book_course(self):
        """All the sessions that stand there, or none."""
        if self.booked:
            return None
        by, now = await signed_in(self), clock.now()
        self.refusal = ""
        try:
            if self._plan is None:
                raise Invalid(field="course")
            named = None if self._patient_id is not None else self._person
            made = await course_orders.book(self._plan, self._patient_id, named, by=by, now=now)
        except DomainError as refusal:
            self._refuse(refusal)
            said = self.refusal
            await look(self, by)
            # What stood in the way is told beside what would do instead.
            self.refusal = said
            return None
        else:
            return await self._tell(await desk_booked.first_of(made.id, by=by, now=now), by)

    @handler(Access.STAFF)
    async def go_on(self, is_same: bool):
        """Book another: for the same patient, or for somebody else."""
        by = await signed_in(self)
        self.booked, self.refusal, self.instead, self._count = [], "", [], COUNT
        if not is_same:
            self._patient_id, self._person, self.patient = None, None, ""
            self.edition += 1
        await look(self, by)
        return address.say(booked="", patient=str(self._patient_id or ""))

    async def _tell(self, made: Booking, by: Actor) -> Any:
        visit, patient = made.appointment, made.person.name if made.person else self.patient
        self._patient_id, self.patient = visit.patient_id, patient
        self.booked = [await desk_booked.told(made, patient, language(self), by=by, now=clock.now())]
        return address.say(booked=str(visit.id), patient=str(visit.patient_id))

    def _refuse(self, refusal: DomainError) -> None:
        if isinstance(refusal, NotSignedIn):
            raise refusal
        self.refusal = why_not(refusal, language(self))


def _instant(text: Any) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise Invalid(field="starts_at") from error
