"""A break or a leave from the dashboard: whom it moves is shown before it is taken; done as one, undone as one."""

from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import reflex as rx

from core import clock
from core.errors import DomainError, Invalid, Stale
from core.words import words
from services.absence.breaks import end_break, take_break
from services.absence.leaves import Away
from services.absence.resolver import commit, preview
from services.absence.undo import undo
from services.days import DoctorRef, doctor_ref
from services.permissions import Access, Actor, require
from state import address
from state.guard import handler, signed_in
from state.session import language
from state.strandings import StrandedRow, choices, chosen, outcome, stranded_rows
from state.telling import telling
from state.typed import identity_of, wall_instant_of

FORM = "%Y-%m-%dT%H:%M"
"""As a browser's field of date and time has it, by the clinic's wall clock."""

QUARTER = timedelta(minutes=15)


class Leave(rx.State):
    """The panel. `is_known` once it was looked whom the leave moves."""

    doctor_id: str = ""
    is_open: bool = False
    since: str = ""
    until: str = ""
    stranded: list[StrandedRow] = []
    is_known: bool = False
    error: str = ""
    said: str = ""
    undoable: str = ""

    @handler(Access.STAFF)
    async def open_panel(self, doctor_id: str, day: str):
        """Ask from when to when: from now, or for all of a day that is to come."""
        by, now = await signed_in(self), clock.now()
        self.reset()
        self.doctor_id = doctor_id
        doctor = await self._may(by)
        local = now.astimezone(ZoneInfo(doctor.zone)).replace(tzinfo=None, second=0, microsecond=0)
        begins = datetime.combine(address.day_of(day) or local.date(), time.min)
        if begins.date() <= local.date():
            begins = local + (QUARTER - timedelta(minutes=local.minute % 15))
        ends = datetime.combine(begins.date() + timedelta(days=1), time.min)
        self.since, self.until = begins.strftime(FORM), ends.strftime(FORM)
        self.is_open = True
        await self._preview(by)

    @handler(Access.STAFF)
    def close(self):
        """Put it away."""
        self.reset()

    @handler(Access.STAFF)
    async def choose_since(self, value: str):
        """Away from then."""
        self.since = str(value)[:16]
        await self._preview(await signed_in(self))

    @handler(Access.STAFF)
    async def choose_until(self, value: str):
        """Back then."""
        self.until = str(value)[:16]
        await self._preview(await signed_in(self))

    @handler(Access.STAFF)
    async def choose(self, appointment_id: str, choice: str):
        """What becomes of one who cannot stay."""
        await self._may(await signed_in(self))
        self.stranded = chosen(self.stranded, appointment_id, choice)

    @handler(Access.STAFF)
    async def confirm(self):
        """Take it, just as it is shown, or not at all."""
        by = await signed_in(self)
        doctor = await self._may(by)
        self.error = self.said = self.undoable = ""
        with telling(self._refuse):
            try:
                change = self._change(doctor)
                done = await commit(change, by=by, now=clock.now(), choices=choices(self.stranded))
            except Stale:
                await self._preview(by)
                raise
            self.stranded, self.is_known = [], False
            self.said, self.undoable = outcome(done, language(self)), str(done.resolution_id)

    @handler(Access.STAFF)
    async def undo(self):
        """Take the leave back, and everybody with it."""
        by = await signed_in(self)
        await self._may(by)
        if not self.undoable:
            return
        self.error = ""
        try:
            await undo(UUID(self.undoable), by=by, now=clock.now())
        except DomainError as refusal:
            self.error = words(language(self)).gettext(refusal.message)
            return
        await self._preview(by)
        self.said, self.undoable = words(language(self)).gettext("Everything is as it was."), ""

    @handler(Access.STAFF)
    async def take_break(self, minutes: int):
        """Back in so many minutes; nobody is moved."""
        by = await signed_in(self)
        doctor = await self._may(by)
        await take_break(doctor.doctor_id, timedelta(minutes=_minutes(minutes)), by=by, now=clock.now())

    @handler(Access.STAFF)
    async def come_back(self, doctor_id: str):
        """The doctor is here again; the panel need not be open."""
        await end_break(identity_of(doctor_id), by=await signed_in(self), now=clock.now())

    async def _may(self, by: Actor) -> DoctorRef:
        doctor = await doctor_ref(identity_of(self.doctor_id))
        require(by, "set_calendar", doctor)
        return doctor

    async def _preview(self, by: Actor) -> None:
        """Show whom it moves; what cannot be is told."""
        doctor, now = await self._may(by), clock.now()
        self.error, self.said, self.undoable, self.is_known = "", "", "", False
        before, self.stranded = self.stranded, []
        with telling(self._refuse):
            found = await preview(self._change(doctor), by=by, now=now)
            self.stranded = await stranded_rows(found, before, language=language(self), now=now, zone=doctor.zone)
            self.is_known = True

    def _refuse(self, refusal: DomainError) -> None:
        self.error = words(language(self)).gettext(refusal.message)

    def _change(self, doctor: DoctorRef) -> Away:
        since, until = (wall_instant_of(text, doctor.zone) for text in (self.since, self.until))
        return Away(doctor_ids=(doctor.doctor_id,), starts_at=since, ends_at=until)


def _minutes(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= 24 * 60:
        raise Invalid(field="minutes")
    return value
