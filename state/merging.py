"""Two records side by side, before they are made one; and what was made one is taken apart again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import reflex as rx
from babel.dates import format_date

from core import clock
from core.errors import DomainError, Invalid
from core.words import N_, words
from services.patients import merging, unmerging
from services.patients.comparison import Comparison, Standing, comparison
from services.patients.glances import Known
from services.permissions import Access
from state.guard import handler, signed_in
from state.patient_rows import day_of, long_date
from state.rows import LOCALES
from state.session import language
from state.telling import telling
from state.typed import count_of
from state.vocabulary import spoken

BORN, LANGUAGE, ACCOUNT = N_("Date of birth"), N_("Language"), N_("Account")
VISITS, NEXT, LAST = N_("Visits"), N_("Next visit"), N_("Last visit")
YES, NO = N_("yes"), N_("no")
ARE_ONE, ARE_TWO = N_("They are one record now."), N_("They are two records again.")


@dataclass(frozen=True)
class ComparedRow:
    """One thing that is known of both; `name` is its label."""

    name: str
    kept: str
    merged: str
    is_same: bool


@dataclass(frozen=True)
class MergedRow:
    """Another record that went over to this one, under the name that stands there now; `until` it can come back."""

    id: str
    name: str
    until: str


class Merging(rx.State):
    """`is_choosing`: whoever is found next is the other. Of the two that are compared, `kept_id` stays."""

    is_choosing: bool = False
    kept_id: str = ""
    merged_id: str = ""
    kept_name: str = ""
    merged_name: str = ""
    kept_phone: str = ""
    merged_phone: str = ""
    may_choose: bool = False
    rows: list[ComparedRow] = []
    refusal: str = ""
    said: str = ""

    @handler(Access.STAFF)
    def begin(self):
        """Find the other one."""
        self.reset()
        self.is_choosing = True

    @handler(Access.PUBLIC)
    def put_away(self):
        """They stay two; a page that is opened compares nobody."""
        self.reset()

    @handler(Access.STAFF)
    async def compare(self, first: str, second: str):
        """These two, side by side."""
        by, now = await signed_in(self), clock.now()
        self.reset()
        with telling(self._refuse):
            self._show(await comparison(count_of(first), count_of(second), by=by, now=now), now)

    @handler(Access.STAFF)
    async def merge(self, form: dict[str, Any]):
        """Make them one, under the name and with the telephone that were chosen."""
        by, self.refusal = await signed_in(self), ""
        first, second = count_of(form.get("first")), count_of(form.get("second"))
        stays = {which: count_of(form[which]) for which in ("name_of", "phone_of") if form.get(which)}
        with telling(self._refuse):
            await merging.merge(first, second, by=by, now=clock.now(), **stays)
            self.reset()
            self.said = words(language(self)).gettext(ARE_ONE)

    @handler(Access.STAFF)
    async def undo(self, merge_id: str):
        """Make them two again."""
        by = await signed_in(self)
        self.reset()
        with telling(self._refuse):
            await unmerging.undo(_identity(merge_id), by=by, now=clock.now())
            self.said = words(language(self)).gettext(ARE_TWO)

    def _show(self, found: Comparison, now: datetime) -> None:
        kept, merged = found.kept, found.merged
        self.kept_id, self.merged_id = str(kept.patient_id), str(merged.patient_id)
        self.kept_name, self.merged_name = kept.name, merged.name
        self.kept_phone, self.merged_phone = kept.phone or "", merged.phone or ""
        self.may_choose = found.may_choose
        self.rows = _rows(kept, merged, language(self), now)
        if found.refusal is not None:
            self._refuse(found.refusal)

    def _refuse(self, refusal: DomainError) -> None:
        self.refusal = words(language(self)).gettext(refusal.message)


def merged_row(merge: Standing, spoken_here: str) -> MergedRow:
    """What stands on the card of the one that stayed."""
    until = format_date(merge.until, "EEEE, d MMMM", locale=LOCALES[spoken_here])
    return MergedRow(id=str(merge.id), name=merge.name, until=until)


def _rows(kept: Known, merged: Known, spoken_here: str, now: datetime) -> list[ComparedRow]:
    say = words(spoken_here).gettext

    def told(patient: Known) -> list[str]:
        last, following = patient.last(now), patient.today(now) or patient.next(now)
        return [
            long_date(patient.born_on, spoken_here),
            spoken(patient.language, spoken_here) if patient.language else "",
            say(YES) if patient.has_account else say(NO),
            str(len(patient.visits)),
            day_of(following, spoken_here, now) if following else "",
            day_of(last, spoken_here, now) if last else "",
        ]

    labels = (BORN, LANGUAGE, ACCOUNT, VISITS, NEXT, LAST)
    return [
        ComparedRow(name=say(label), kept=one or "—", merged=other or "—", is_same=one == other)
        for label, one, other in zip(labels, told(kept), told(merged), strict=True)
    ]


def _identity(text: Any) -> UUID:
    try:
        return UUID(text)
    except (AttributeError, TypeError, ValueError) as error:
        raise Invalid(field="merge") from error
