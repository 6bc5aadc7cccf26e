"""A clinic's waitlists: whose are on the screen, and what the staff do to their order; they are live: state/live.py."""

from dataclasses import dataclass
from datetime import datetime

import reflex as rx

from core import clock
from core.errors import DomainError, Invalid
from core.words import words
from models.user import Role
from services import desk
from services.days import doctor_ref
from services.permissions import Access, Actor, admit
from services.waiting import lists, overrides
from services.waiting.lists import Part
from state import address, live
from state.doctor_choice import Option, chosen
from state.guard import handler, signed_in
from state.rows import opening
from state.session import language
from state.staff_page import staff_page
from state.telling import telling
from state.typed import count_of, number_of

GIVE, PASS_ON, RETRACT = "give", "pass_on", "retract"
ASKED = (GIVE, PASS_ON, RETRACT)
"""What can be done: a time given out of turn, an offer passed on to another, or taken back."""


@dataclass(frozen=True)
class TimeOption:
    """A time that can be given."""

    key: str
    label: str


class Waitlist(rx.State):
    """Whose lists are on the screen. `asked` is what is about to be done, `about` to which entry or offer."""

    clinic_id: str = ""
    clinics: list[Option] = []
    doctor_id: str = ""
    asked: str = ""
    about: str = ""
    times: list[TimeOption] = []
    others: list[Option] = []
    error: str = ""
    said: str = ""
    is_refused: bool = False
    is_signed_out: bool = False
    is_ready: bool = False

    @handler(Access.PUBLIC)
    async def load(self):
        """Open the lists of the address's clinic or doctor, by default one's own."""
        self.reset()
        asked = self.router.url.query_parameters
        with staff_page(self):
            by = await signed_in(self)
            admit(by, Access.STAFF)
            part = await self._part(by, asked.get("clinic", ""), asked.get("doctor", ""))
            async for _ in self._open(by, part):
                yield

    @handler(Access.STAFF)
    async def choose_clinic(self, clinic_id: str):
        """Another clinic's."""
        by = await signed_in(self)
        async for _ in self._open(by, Part(count_of(clinic_id))):
            yield address.say(clinic=self.clinic_id, doctor="")

    @handler(Access.STAFF)
    async def ask(self, what: str, about: str):
        """What is needed to give a time to one who waits, to pass an offer on, or to take it back; again: put away."""
        by = await signed_in(self)
        if what not in ASKED:
            raise Invalid(field="what")
        if (what, about) == (self.asked, self.about):
            self._put_away()
            return
        self._put_away()
        if what == GIVE:
            now = clock.now()
            zone, found = await overrides.times(number_of(about), by=by, now=now)
            self.times = [
                TimeOption(each.starts_at.isoformat(), opening(each.starts_at, zone, language(self), now))
                for each in found
            ]
        else:
            self.others = await self._others(by, count_of(about))
        self.asked, self.about = what, about

    @handler(Access.STAFF)
    def put_away(self):
        """Nothing is to be done after all."""
        self._put_away()

    @handler(Access.STAFF)
    async def give(self, form: dict):
        """Offer that time to one out of his turn."""
        by, now = await signed_in(self), clock.now()
        entry_id, reason = number_of(_text(form, "about")), _text(form, "reason")
        starts_at = _moment(_text(form, "time"))
        await self._do(overrides.give(entry_id, starts_at, reason=reason, by=by, now=now))

    @handler(Access.STAFF)
    async def pass_on(self, form: dict):
        """Take an offer from one and make it to another."""
        by, now = await signed_in(self), clock.now()
        offer_id, entry_id = count_of(_text(form, "about")), number_of(_text(form, "to"))
        await self._do(overrides.pass_on(offer_id, entry_id, reason=_text(form, "reason"), by=by, now=now))

    @handler(Access.STAFF)
    async def retract(self, form: dict):
        """Take an offer back."""
        by, now = await signed_in(self), clock.now()
        await self._do(overrides.retract(count_of(_text(form, "about")), reason=_text(form, "reason"), by=by, now=now))

    async def _do(self, doing) -> None:
        """Do it; what refuses it is told where it was asked."""
        self.error = self.said = ""
        with telling(self._refuse):
            await doing
            self._put_away()
            self.said = words(language(self)).gettext("Done. Whom it is about is told.")

    def _refuse(self, refusal: DomainError) -> None:
        self.error = words(language(self)).gettext(refusal.message)

    def _put_away(self) -> None:
        self.asked = self.about = self.error = self.said = ""
        self.times, self.others = [], []

    async def _part(self, by: Actor, clinic_id: str, doctor_id: str) -> Part:
        """Whose lists the address means: a doctor's are his clinic's, unless he himself looks."""
        if by.role == Role.DOCTOR:
            own = await doctor_ref(count_of(doctor_id) if doctor_id else by.doctor_id or 0)
            return Part(own.clinic_id, own.doctor_id)
        self.clinics = [Option(str(each.id), each.name) for each in await desk.clinics(by=by)]
        if doctor_id:
            return Part((await doctor_ref(count_of(doctor_id))).clinic_id)
        return Part(count_of(clinic_id or chosen("", self.clinics)))

    async def _open(self, by: Actor, part: Part):
        await lists.open_lists(part, by=by, now=clock.now())
        self._put_away()
        self.clinic_id, self.doctor_id = str(part.clinic_id), str(part.doctor_id or "")
        async for _ in live.watch(self, f"waitlist:{part}", language(self)):
            yield

    async def _others(self, by: Actor, offer_id: int) -> list[Option]:
        """Who else waits for the doctor of an offer, in order."""
        found = await overrides.others(offer_id, by=by)
        return [Option(str(each.entry_id), f"{each.position}. {each.patient}") for each in found]


def _text(form: object, name: str) -> str:
    return str(form.get(name, ""))[:400] if isinstance(form, dict) else ""


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(field="starts_at") from error
