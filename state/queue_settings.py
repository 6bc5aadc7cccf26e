"""A clinic's rule of who goes in next, as it is being set: the sentence that people read follows each change."""

from dataclasses import replace

import reflex as rx

from core import clock
from core.errors import DomainError, Invalid
from core.words import words
from services import queue_settings
from services.permissions import Access, Actor, admit
from services.queue_rule import QueueRule, sentence
from services.queue_settings import GRACE, LATE, WALK_INS
from state.doctor_choice import Option
from state.guard import handler, signed_in
from state.session import language
from state.staff_page import staff_page
from state.telling import telling
from state.typed import count_of, identity_of

NUMBERS = {"grace_minutes": GRACE, "late_after": LATE, "walk_in_after": WALK_INS}
"""What can be set, and from what to what."""


class QueueSettings(rx.State):
    """The page. The numbers are as they were typed; `sentence` is the rule that they would make."""

    clinic_id: str = ""
    clinic: str = ""
    clinics: list[Option] = []
    grace_minutes: str = ""
    late_after: str = ""
    walk_in_after: str = ""
    sentence: str = ""
    is_changed: bool = False
    edition: int = 0
    error: str = ""
    said: str = ""
    is_refused: bool = False
    is_signed_out: bool = False
    is_ready: bool = False
    _saved: QueueRule = QueueRule()

    @handler(Access.PUBLIC)
    async def load(self):
        """Open the rule of the address's clinic, by default one's own or the first."""
        self.reset()
        with staff_page(self):
            by = await signed_in(self)
            admit(by, Access.STAFF)
            self.clinics = [Option(str(each.clinic_id), each.name) for each in await queue_settings.clinics(by=by)]
            wished = self.router.url.query_parameters.get("clinic", "")
            self.clinic_id = wished or next((each.id for each in self.clinics), "")
            await self._fill(by)

    @handler(Access.STAFF)
    async def choose_clinic(self, clinic_id: str):
        """Another clinic's."""
        self.clinic_id = clinic_id
        await self._fill(await signed_in(self))

    @handler(Access.STAFF)
    async def choose_number(self, which: str, value: str):
        """One of the numbers; what it would mean is told at once."""
        if which not in NUMBERS:
            raise Invalid(field="which")
        await queue_settings.of(identity_of(self.clinic_id), by=await signed_in(self))
        self.said = ""
        setattr(self, which, str(value)[:4])
        self._tell()

    @handler(Access.STAFF)
    async def save(self):
        """From now on it is so."""
        by = await signed_in(self)
        await queue_settings.of(identity_of(self.clinic_id), by=by)
        self.said = ""
        with telling(self._refuse):
            await queue_settings.set_rule(identity_of(self.clinic_id), self._rule(), by=by, now=clock.now())
            await self._fill(by)
            self.said = words(language(self)).gettext("Saved. Today's queues follow it from now on.")

    def _refuse(self, refusal: DomainError) -> None:
        self.error = words(language(self)).gettext(refusal.message)

    async def _fill(self, by: Actor) -> None:
        found = await queue_settings.of(identity_of(self.clinic_id), by=by)
        self.clinic, self._saved = found.name, replace(found.rule)
        for which in NUMBERS:
            setattr(self, which, str(getattr(found.rule, which)))
        self.edition += 1
        self.said = ""
        self._tell()

    def _tell(self) -> None:
        try:
            rule = self._rule()
        except Invalid as refusal:
            self.error, self.is_changed = words(language(self)).gettext(refusal.message), False
            return
        self.error, self.is_changed = "", rule != self._saved
        self.sentence = sentence(rule, language(self))

    def _rule(self) -> QueueRule:
        numbers = {which: count_of(getattr(self, which)) for which in NUMBERS}
        for which, value in numbers.items():
            if value not in NUMBERS[which]:
                raise Invalid(field=which)
        return QueueRule(**numbers)
