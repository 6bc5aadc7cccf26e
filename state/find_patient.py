"""The box that finds a patient: what its list shows answers what was typed, or nothing is shown."""

import reflex as rx

from core import clock
from core.errors import DomainError, NotSignedIn
from core.words import N_, words
from services.patients import finding
from services.patients.wanted import wanted
from services.permissions import Access
from state.guard import handler, signed_in
from state.patient_rows import FoundRow, found_row
from state.session import language
from state.typed import count_of

NOBODY, ONE, SEVERAL = N_("Nobody found."), N_("One person found."), N_("{count} people found.")
MORE = N_("The first {count} are shown. Type more.")


class FindPatient(rx.State):
    """`asked` is what the rows answer: the page shows them only as long as that stands in the box."""

    asked: str = ""
    rows: list[FoundRow] = []
    said: str = ""
    refusal: str = ""
    is_enough: bool = False
    is_more: bool = False

    @handler(Access.STAFF)
    async def look_for(self, text: str):
        """Who fits what was typed."""
        by, now, spoken = await signed_in(self), clock.now(), language(self)
        say = words(spoken).gettext
        self.rows, self.said, self.refusal, self.is_more = [], "", "", False
        try:
            found = await finding.find(text, by=by, now=now)
            self.is_enough = wanted(text) is not None
        except NotSignedIn:
            raise
        except DomainError as refusal:
            self.refusal = self.said = say(refusal.message)
        else:
            self.rows = [
                found_row(each, spoken, now, is_stranger=each.patient_id in found.strangers) for each in found.people
            ]
            self.is_more = found.is_more
            self.said = say(_said(len(self.rows), self.is_more)).format(count=len(self.rows)) if self.is_enough else ""
        self.asked = str(text)

    @handler(Access.STAFF)
    async def choose(self, patient_id: str):
        """This is the one: whom only another clinic knew is known here from now on. The list closes."""
        by, asked = await signed_in(self), self.asked
        self.reset()
        await finding.choose(count_of(patient_id), asked, by=by, now=clock.now())

    @handler(Access.PUBLIC)
    def clear(self):
        """Nothing is looked for."""
        self.reset()


def _said(count: int, is_more: bool) -> str:
    if is_more:
        return MORE
    return {0: NOBODY, 1: ONE}.get(count, SEVERAL)
