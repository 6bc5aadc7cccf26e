"""What was rearranged: said once it is done, listed for a week, with what became of each; taken back as one."""

from collections.abc import Sequence

import reflex as rx

from core import clock
from core.errors import DomainError
from core.words import words
from services.absence import rearranged
from services.absence.rearranged import Fate
from services.absence.resolutions import Resolved
from services.absence.undo import undo
from services.permissions import Access, Actor
from state.guard import handler, signed_in
from state.rearrange_rows import DoneRow, FateRow, WayRow, done_row, fate_row, way_rows
from state.session import language
from state.strandings import outcome
from state.telling import telling
from state.typed import identity_of, number_of


class Rearranged(rx.State):
    """The clinic's last ones; of one that is `opened` the `fates`. `undoable` is what was `said` to be done."""

    clinic_id: str = ""
    lately: list[DoneRow] = []
    opened: str = ""
    fates: list[FateRow] = []
    said: str = ""
    undoable: str = ""
    error: str = ""
    in_the_way: list[WayRow] = []

    @handler(Access.STAFF)
    async def undo(self, resolution_id: str):
        """Everything as it was, or nothing, with what is in the way."""
        by, now = await signed_in(self), clock.now()
        known = await rearranged.fates(number_of(resolution_id), by=by, now=now)
        say_nothing(self)
        with telling(lambda refusal: refuse(self, refusal, known)):
            await undo(number_of(resolution_id), by=by, now=now)
            self.said = words(language(self)).gettext("Everything is as it was.")
            await show_lately(self, self.clinic_id, by)

    @handler(Access.STAFF)
    async def show(self, resolution_id: str):
        """What became of each; once more puts it away."""
        by, now = await signed_in(self), clock.now()
        found = await rearranged.fates(number_of(resolution_id), by=by, now=now)
        self.opened = "" if self.opened == resolution_id else resolution_id
        self.fates = [fate_row(each, language(self), now) for each in found] if self.opened else []


async def show_lately(page: Rearranged, clinic_id: str, by: Actor) -> None:
    """That clinic's, none of them opened."""
    now = clock.now()
    found = await rearranged.lately(identity_of(clinic_id), by=by, now=now)
    page.clinic_id, page.lately = clinic_id, [done_row(each, language(page), now) for each in found]
    page.opened, page.fates = "", []


def say(page: Rearranged, done: Resolved) -> None:
    """What was done, and that it can be taken back."""
    say_nothing(page)
    page.said, page.undoable = outcome(done, language(page)), str(done.resolution_id)


def refuse(page: Rearranged, refusal: DomainError, known: Sequence[Fate] = ()) -> None:
    """Why it was not done; of those who are `known`, who is in the way of what."""
    say_nothing(page)
    page.error = words(language(page)).gettext(refusal.message)
    page.in_the_way = way_rows(refusal.data.get("in_the_way", ()), known, language(page), clock.now())


def say_nothing(page: Rearranged) -> None:
    """Nothing is said any more."""
    page.error = page.said = page.undoable = ""
    page.in_the_way = []
