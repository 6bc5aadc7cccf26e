"""The hours of a doctor as they are being edited: what they would make is shown before anything is saved."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import reflex as rx
from babel.dates import format_date

from core import clock
from core.errors import DomainError, Invalid, NotAllowed, NotFound, NotSignedIn, Stale
from core.words import words
from models.doctor import Mode
from services.absence.drafts import Draft, Standing, draft, standing
from services.absence.new_hours import DayHours, WeekHours
from services.absence.resolver import commit
from services.absence.strandings import Plan
from services.absence.undo import undo
from services.permissions import Access, Actor
from services.walls import local_day
from state.doctor_choice import Option
from state.faster import who_changed_the_calendar
from state.guard import handler, signed_in
from state.rows import LOCALES, clock_time
from state.ruled import Ruled, compared, date_of, week_of
from state.session import language
from state.strandings import StrandedRow, choices, chosen, outcome, stranded_rows
from state.stretches import next_after, pause_within, rests, sittings, with_changes
from state.telling import telling
from state.typed import identity_of

MOST = 6
"""Stretches of a day: nobody sits more often."""

EVERY_WEEK = ""
"""The scope of hours that hold every week; else it is a date."""

NOBODY = Plan(stranded=(), holds=(), days=frozenset(), gone=frozenset())
"""Whom hours strand that are as they were."""


class Hours(rx.State):
    """The editor. `scope` is a date, or nothing for every week; with another `edition` the fields are filled anew."""

    doctor_id: str = ""
    is_open: bool = False
    scope: str = EVERY_WEEK
    day: str = ""
    day_label: str = ""
    days: list[Ruled] = []
    clinics: list[Option] = []
    stranded: list[StrandedRow] = []
    edition: int = 0
    is_changed: bool = False
    is_own: bool = False
    error: str = ""
    said: str = ""
    undoable: str = ""
    _version: int = 0
    _read_at: str = ""
    _home: str = ""
    _saved: dict[str, Ruled] = {}

    @handler(Access.STAFF)
    async def begin(self, doctor_id: str, day: str):
        """Open the hours of that doctor, and that date beside them."""
        by = await signed_in(self)
        self.reset()
        self.doctor_id, self.day = doctor_id, day
        await self._fill(by)
        self.is_open = True

    @handler(Access.STAFF)
    def close(self):
        """Put it away, with what was not saved."""
        self.reset()

    @handler(Access.STAFF)
    async def choose_scope(self, scope: str):
        """The hours of every week, or those of the date only."""
        self.scope = self.day if scope else EVERY_WEEK
        self.said = self.undoable = ""
        await self._fill(await signed_in(self))

    @handler(Access.STAFF)
    async def choose_time(self, key: str, number: int, which: str, value: str):
        """When a stretch `opens` or `closes`."""
        if which not in {"opens", "closes"}:
            raise Invalid(field="which")
        await self._change(key, stretches=lambda day: with_changes(day.stretches, number, **{which: str(value)[:8]}))

    @handler(Access.STAFF)
    async def choose_mode(self, key: str, number: int, mode: str, is_served: bool):
        """Whether a stretch serves those who come, or those who call."""
        if mode not in set(Mode):
            raise Invalid(field="mode")
        await self._change(
            key, stretches=lambda day: with_changes(day.stretches, number, **{str(mode): bool(is_served)})
        )

    @handler(Access.STAFF)
    async def choose_clinic(self, key: str, number: int, clinic_id: str):
        """Where the doctor sits then."""
        if clinic_id not in {each.id for each in self.clinics}:
            raise Invalid(field="clinic_id")
        await self._change(key, stretches=lambda day: with_changes(day.stretches, number, clinic_id=clinic_id))

    @handler(Access.STAFF)
    async def add(self, key: str):
        """One more stretch, after the last."""
        self.edition += 1
        await self._change(key, stretches=lambda day: [*day.stretches, next_after(day.stretches, self._home)][:MOST])

    @handler(Access.STAFF)
    async def remove(self, key: str, number: int):
        """One stretch less."""
        self.edition += 1
        await self._change(key, stretches=lambda day: _without(day.stretches, number))

    @handler(Access.STAFF)
    async def choose_break(self, key: str, number: int, which: str, value: str):
        """When a break of every week `starts` or `ends`."""
        if which not in {"starts", "ends"}:
            raise Invalid(field="which")
        await self._change(key, pauses=lambda day: with_changes(day.pauses, number, **{which: str(value)[:8]}))

    @handler(Access.STAFF)
    async def add_break(self, key: str):
        """One more break, in the middle of the hours."""
        self.edition += 1
        await self._change(key, pauses=lambda day: [*day.pauses, pause_within(day.stretches, day.pauses)][:MOST])

    @handler(Access.STAFF)
    async def remove_break(self, key: str, number: int):
        """One break less."""
        self.edition += 1
        await self._change(key, pauses=lambda day: _without(day.pauses, number))

    @handler(Access.STAFF)
    async def choose(self, appointment_id: str, choice: str):
        """What becomes of one who is stranded."""
        await self._may(await signed_in(self))
        self.stranded = chosen(self.stranded, appointment_id, choice)

    @handler(Access.STAFF)
    async def save(self):
        """Make it so, as it is shown, or not at all."""
        by, now = await signed_in(self), clock.now()
        await self._may(by)
        self.error = self.said = self.undoable = ""
        if not self.is_changed:
            return
        try:
            change = self._changes()
            done = await commit(change, by=by, now=now, choices=choices(self.stranded), version=self._version)
        except Stale as stale:
            told = words(language(self)).gettext(stale.message)
            if "preview" not in stale.data:
                # The other's hours are what counts now; what was typed here was about hours that are no more.
                since = datetime.fromisoformat(self._read_at) if self._read_at else now
                who = await who_changed_the_calendar(identity_of(self.doctor_id), since, by, language(self))
                await self._fill(by)
                told = f"{who} {told}".lstrip()
            else:
                await self._preview(by)
            self.error = told
            return
        except (NotAllowed, NotFound, NotSignedIn):
            raise
        except DomainError as refusal:
            self.error = words(language(self)).gettext(refusal.message)
            return
        await self._fill(by)
        self.said, self.undoable = outcome(done, language(self)), str(done.resolution_id)

    @handler(Access.STAFF)
    async def undo(self):
        """Take back what was saved last, and everybody with it."""
        by = await signed_in(self)
        await self._may(by)
        if self.undoable:
            self.error = ""
            try:
                await undo(UUID(self.undoable), by=by, now=clock.now())
            except DomainError as refusal:
                self.error = words(language(self)).gettext(refusal.message)
                return
            await self._fill(by)
            self.said = words(language(self)).gettext("Everything is as it was.")
            self.undoable = ""

    async def _may(self, by: Actor) -> Standing:
        return await standing(identity_of(self.doctor_id), _date(self.day), by=by)

    async def _fill(self, by: Actor) -> None:
        """Take the hours as they stand."""
        found, spoken_here = await self._may(by), language(self)
        self._version, self._home, self._read_at = found.version, str(found.home), clock.now().isoformat()
        self.clinics = [Option(str(identity), name) for identity, name in found.clinics]
        day = _date(self.day)
        self.day_label = format_date(day, "EEE d MMM", locale=LOCALES[spoken_here])
        self.is_own = found.day is not None
        self.days = date_of(found, day, self.day_label) if self.scope else week_of(found, spoken_here)
        self._saved = {each.key: each for each in self.days}
        self.edition += 1
        self.error = ""
        await self._preview(by)

    async def _change(self, key: str, **how: Callable[[Ruled], list[Any]]) -> None:
        by = await signed_in(self)
        self.said = ""
        self.days = [
            replace(day, **{name: of(day) for name, of in how.items()}) if day.key == key else day for day in self.days
        ]
        await self._preview(by)

    async def _preview(self, by: Actor) -> None:
        """Show what it would make and strand; what cannot be is told, and the last preview goes."""
        await self._may(by)
        self.error = ""
        self.days = compared(self.days, self._saved)
        self.is_changed = any(each.is_changed for each in self.days)
        now = clock.now()
        before, self.stranded = self.stranded, []
        with telling(self._refuse):
            found = await draft(self._changes(whole=True), by=by, now=now)
            self._show(found)
            whom = found.plan if self.is_changed else NOBODY
            self.stranded = await stranded_rows(whom, before, language=language(self), now=now, zone=found.zone)

    def _refuse(self, refusal: DomainError) -> None:
        self.error = words(language(self)).gettext(refusal.message)

    def _show(self, found: Draft) -> None:
        made = {str(key): [clock_time(each, found.zone) for each in times] for key, times in found.times.items()}
        self.days = [
            replace(each, count=len(made.get(each.key, ())), times=", ".join(made.get(each.key, ())))
            for each in self.days
        ]

    def _changes(self, *, whole: bool = False) -> WeekHours | DayHours:
        """What is on the screen as a change: the weekdays that differ, or with `whole` all."""
        doctor_id = identity_of(self.doctor_id)
        if self.scope:
            (only,) = self.days
            return DayHours(doctor_id=doctor_id, day=_date(only.key), sittings=sittings(only.stretches))
        differing = [each for each in self.days if whole or each.is_changed]
        return WeekHours(
            doctor_id=doctor_id,
            weekdays={int(each.key): sittings(each.stretches) for each in differing},
            breaks={int(each.key): rests(each.pauses) for each in differing},
        )


def _without(there: list[Any], number: int) -> list[Any]:
    return [each for at, each in enumerate(there) if at != number]


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return local_day(clock.now(), "UTC")
