"""The page of a clinic's patients: the card of the one who was chosen, and a form for somebody new."""

from typing import Any
from uuid import UUID

import reflex as rx

from core import clock
from core.errors import DomainError, Invalid, NotAllowed, NotFound, NotSignedIn
from core.words import N_, words
from services import visits
from services.patient_view import Part
from services.patients import cards, making
from services.patients.cards import Card
from services.patients.comparison import standing
from services.people import Person
from services.permissions import Access, Actor, admit
from state import address, live
from state.guard import handler, signed_in
from state.merging import MergedRow, Merging, merged_row
from state.patient_rows import VisitLine, age, long_date, visit_line
from state.session import language
from state.typed import count_of
from state.vocabulary import spoken

IS_HERE, IS_MADE = N_("Token {token} is here."), N_("{name} is on your clinic's list.")

PAST = 12
"""Visits of the past on a card; the chart has them all."""


class Patients(rx.State):
    """Who is looked at; `edition` goes up with each that was made, so that the form is empty again."""

    id: str = ""
    name: str = ""
    age: str = ""
    born: str = ""
    phone: str = ""
    telephone: str = ""
    spoken: str = ""
    has_account: bool = False
    came: int = 0
    missed: int = 0
    cancelled: int = 0
    ahead: list[VisitLine] = []
    past: list[VisitLine] = []
    said: str = ""
    refusal: str = ""
    form_refusal: str = ""
    merged: list[MergedRow] = []
    may_merge: bool = False
    edition: int = 0
    is_refused: bool = False
    is_signed_out: bool = False
    is_ready: bool = False

    @handler(Access.PUBLIC)
    async def load(self):
        """Open the card of the address, if there is one."""
        edition = self.edition
        self.reset()
        self.edition = edition
        try:
            by = await signed_in(self)
            admit(by, Access.STAFF)
            if asked := self.router.url.query_parameters.get("patient", ""):
                async for _ in self._open(count_of(asked), by):
                    yield
        except NotSignedIn:
            self.is_signed_out = True
        except NotAllowed:
            self.is_refused = True
        except DomainError as refusal:
            self._refuse(refusal)
        self.is_ready = True

    @handler(Access.STAFF)
    async def open(self, patient_id: str):
        """This one's card; or beside the one that is open, where another record of him is looked for."""
        if self.id and (await self.get_state(Merging)).is_choosing:
            yield Merging.compare(self.id, patient_id)
            return
        self.said = self.refusal = ""
        yield Merging.put_away
        async for _ in self._open(count_of(patient_id), await signed_in(self)):
            yield address.say(patient=self.id)

    @handler(Access.STAFF)
    async def follow(self):
        """The card of the one that stayed, after a merge: the other's number leads there too."""
        if self.id and not (await self.get_state(Merging)).kept_id:
            async for _ in self._open(count_of(self.id), await signed_in(self)):
                yield address.say(patient=self.id)

    @handler(Access.STAFF)
    async def refresh(self):
        """The card as it stands: something has happened to his visits."""
        if self.id:
            await self._show(count_of(self.id), await signed_in(self))

    @handler(Access.STAFF)
    async def close(self):
        """Put the card away."""
        await live.forget(self, "patient")
        edition = self.edition
        self.reset()
        self.edition, self.is_ready = edition, True
        return address.say(patient="")

    @handler(Access.STAFF)
    async def make(self, form: dict[str, Any]):
        """Somebody new: his card is opened."""
        by = await signed_in(self)
        self.form_refusal = self.said = self.refusal = ""
        told = {name: str(form.get(name) or "") for name in ("name", "phone", "born_on", "language")}
        try:
            person = Person(name=told["name"], phone=told["phone"])
            made = await making.make(person, by=by, now=clock.now(), born_on=told["born_on"], language=told["language"])
        except (NotAllowed, NotSignedIn):
            raise
        except DomainError as refusal:
            self.form_refusal = words(language(self)).gettext(refusal.message)
            return
        self.edition += 1
        async for _ in self._open(made, by):
            yield address.say(patient=self.id)
        self.said = words(language(self)).gettext(IS_MADE).format(name=self.name)

    @handler(Access.STAFF)
    async def check_in(self, appointment_id: str, version: int):
        """He is here."""
        by = await signed_in(self)
        self.said = self.refusal = ""
        try:
            done = await visits.check_in(_identity(appointment_id), by=by, now=clock.now(), version=version)
        except NotAllowed as refusal:
            # Another's appointment is as unknown as one that never was.
            raise NotFound from refusal
        except DomainError as refusal:
            self._refuse(refusal)
        else:
            self.said = words(language(self)).gettext(IS_HERE).format(token=done.token)
        if self.id:
            await self._show(count_of(self.id), by)

    async def _open(self, patient_id: int, by: Actor):
        shown = await self._show(patient_id, by)
        part = Part(shown.patient.patient_id, clinic_id=by.clinic_id)
        async for _ in live.watch(self, part.room, language(self)):
            yield

    async def _show(self, patient_id: int, by: Actor) -> Card:
        now, here = clock.now(), language(self)
        card = await cards.card(patient_id, by=by, now=now)
        patient = card.patient
        self.id, self.name, self.has_account = str(patient.patient_id), patient.name, patient.has_account
        self.age, self.born = age(patient.born_on, now.date(), here), long_date(patient.born_on, here)
        self.phone, self.telephone = patient.phone or "", f"tel:{patient.phone}" if patient.phone else ""
        self.spoken = spoken(patient.language, here) if patient.language else ""
        self.came, self.missed, self.cancelled = card.came, card.missed, card.cancelled
        self.ahead = [visit_line(visit, here, now) for visit in card.ahead]
        self.past = [visit_line(visit, here, now) for visit in card.past[:PAST]]
        merges = await standing(patient.patient_id, by=by, now=now)
        self.may_merge, self.merged = merges is not None, [merged_row(each, here) for each in merges or ()]
        return card

    def _refuse(self, refusal: DomainError) -> None:
        if isinstance(refusal, NotSignedIn):
            raise refusal
        self.refusal = words(language(self)).gettext(refusal.message)


def _identity(text: Any) -> UUID:
    try:
        return UUID(text)
    except (AttributeError, TypeError, ValueError) as error:
        raise Invalid(field="id") from error
