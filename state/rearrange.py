"""Many appointments at once: what happened, whom it meets, and what becomes of each; carried out as one."""

import asyncio
from datetime import datetime
from uuid import UUID

import reflex as rx

from core import clock
from core.errors import DomainError, Invalid, NotAllowed, NotFound, NotSignedIn, Stale
from core.words import N_, words
from services.absence.leaves import Change
from services.absence.resolver import commit, preview
from services.permissions import Access, Actor, admit
from state import address
from state.doctor_choice import Option
from state.guard import handler, signed_in
from state.happened import AWAY, KINDS, LATE, SHUT, SOME, Happened, change_of, rest_of
from state.rearrange_rows import STAY, MetRow, decided, met_rows, summary
from state.rearranged import Rearranged, refuse, say, say_nothing, show_lately
from state.scope import scope, zone_of
from state.session import language
from state.staff_page import staff_page
from state.strandings import choices
from state.telling import telling
from state.typed import identity_of

MINUTES = (10, 15, 20, 30, 45, 60, 90, 120)
"""How late a doctor may be said to be."""

EVERY = 0.15
"""Seconds between two looks at how far it is."""

NOBODY_AWAY = N_("Tick who is away.")


class Rearrange(rx.State):
    """The page. `is_known` once it was looked whom it meets; of `of` steps `done` are taken while it is carried out.

    `doctor_id` is whom it is about, or the whole clinic where it is empty; `away` are those who are away together.
    """

    kind: str = AWAY
    clinic_id: str = ""
    clinics: list[Option] = []
    doctor_id: str = ""
    doctors: list[Option] = []
    away: list[str] = []
    since: str = ""
    until: str = ""
    reason: str = ""
    minutes: str = ""
    rows: list[MetRow] = []
    summary: str = ""
    tells: bool = True
    is_known: bool = False
    may_shut: bool = False
    done: int = 0
    of: int = 0
    edition: int = 0
    is_refused: bool = False
    is_signed_out: bool = False
    is_ready: bool = False

    @handler(Access.PUBLIC)
    async def load(self):
        """Begin with what the address says: what happened, whose, on which day."""
        self.reset()
        said = await self.get_state(Rearranged)
        said.reset()
        asked = self.router.url.query_parameters
        with staff_page(self):
            by = await signed_in(self)
            admit(by, Access.STAFF)
            await self._open(by, asked.get("clinic", ""), asked.get("doctor", ""), asked.get("day", ""))
            if (kind := asked.get("kind", "")) in KINDS and (kind != SHUT or self.may_shut):
                self.kind = kind

    @handler(Access.STAFF)
    async def choose_kind(self, kind: str):
        """Something else happened."""
        if kind not in KINDS:
            raise Invalid(field="kind")
        self.kind = kind
        await self._forget()

    @handler(Access.STAFF)
    async def choose_clinic(self, clinic_id: str):
        """Another clinic's."""
        by = await signed_in(self)
        await zone_of(by, identity_of(clinic_id), None)
        await self._forget()
        await self._open(by, clinic_id, "", "")
        return address.say(clinic=self.clinic_id)

    @handler(Access.STAFF)
    async def look(self, form: dict):
        """Whom it would meet, and what is proposed for each."""
        by = await signed_in(self)
        if self.kind == AWAY and len(self.doctors) > 1:
            self.away = [each.id for each in self.doctors if _text(form, f"away-{each.id}")]
        elif self.kind in (LATE, SOME):
            self.doctor_id = _text(form, "doctor") if self.kind == SOME else _text(form, "doctor") or self.doctor_id
        if self.kind == LATE:
            self.minutes = _text(form, "minutes")
        else:
            self.since, self.until = _text(form, "since"), _text(form, "until")
        self.reason = _text(form, "reason")
        await self._forget()
        await self._preview(by)

    @handler(Access.STAFF)
    async def apply(self, form: dict):
        """The same for all that are ticked."""
        await self._may(await signed_in(self))
        self._decide(_ticked(form), _text(form, "becomes"))

    @handler(Access.STAFF)
    async def choose(self, appointment_id: str, choice: str):
        """What becomes of one."""
        await self._may(await signed_in(self))
        self._decide({str(appointment_id)}, choice)

    @handler(Access.STAFF)
    def tell(self, tells: bool):
        """Whether the patients are to hear of it."""
        self.tells = bool(tells)

    @handler(Access.STAFF)
    async def carry_out(self):
        """All of it, just as it is shown, or nothing; how far it is shows meanwhile."""
        by = await signed_in(self)
        zone = await self._may(by)
        if not self.is_known:
            return
        outcome = await self.get_state(Rearranged)
        say_nothing(outcome)
        self.done, self.of = 0, 2 * len(self._going())
        yield
        try:
            far = [(0, self.of)]
            now = clock.now()
            change, chosen_ = self._change(zone, now, picked=True), choices(self._going())
            doing = commit(
                change,
                by=by,
                now=now,
                choices=chosen_,
                tells=self.tells,
                seen=lambda done, of: far.append((done, of)),
            )
            task = asyncio.create_task(doing)
            while not task.done():
                await asyncio.wait({task}, timeout=EVERY)
                self.done, self.of = far[-1]
                yield
            done = task.result()
            await self._forget()
            say(outcome, done)
            await show_lately(outcome, self.clinic_id, by)
        except Stale as stale:
            await self._preview(by)
            refuse(outcome, stale)
        except (NotAllowed, NotFound, NotSignedIn):
            raise
        except DomainError as refusal:
            refuse(outcome, refusal)
        finally:
            self.done = self.of = 0

    async def _open(self, by: Actor, clinic_id: str, doctor_id: str, day: str) -> None:
        """Whose it may be, and the rest of the day."""
        found = await scope(by, clinic_id, doctor_id)
        self.clinic_id, self.clinics, self.may_shut = found.clinic_id, found.clinics, found.may_shut
        self.doctor_id, self.doctors = found.doctor_id, found.doctors
        # Whose day it was that led here is ill; of nobody in particular nobody is ticked yet.
        self.away = [self.doctor_id] if doctor_id or len(self.doctors) == 1 else []
        self.since, self.until = rest_of(address.day_of(day), found.zone, clock.now())
        self.minutes = "30"
        self.edition += 1
        await show_lately(await self.get_state(Rearranged), self.clinic_id, by)

    async def _may(self, by: Actor) -> str:
        """For one whose calendar it is; the wall clock by which it is said. Raises NotFound, NotAllowed."""
        for doctor_id in self._doctor_ids():
            await zone_of(by, 0, doctor_id)
        return await zone_of(by, identity_of(self.clinic_id), next(iter(self._doctor_ids()), None))

    def _doctor_ids(self) -> tuple[int, ...]:
        """Whom it is about; nobody in particular: the whole clinic."""
        if self.kind == AWAY:
            return tuple(identity_of(each) for each in self.away) or (0,)
        is_of_clinic = self.kind == SHUT or (self.kind == SOME and not self.doctor_id)
        return () if is_of_clinic else (identity_of(self.doctor_id),)

    def _decide(self, ids: set[str], choice: str) -> None:
        self.rows = decided(self.rows, ids, choice, may_stay=self.kind in (LATE, SOME))
        self.summary = summary(self.rows, language(self))

    def _going(self) -> list[MetRow]:
        return [row for row in self.rows if row.choice != STAY]

    async def _preview(self, by: Actor) -> None:
        """Show whom it meets; what cannot be is told."""
        outcome = await self.get_state(Rearranged)
        if self.kind == AWAY and not self.away:
            outcome.error = words(language(self)).gettext(NOBODY_AWAY)
            return
        before, self.rows = self.rows, []
        with telling(lambda refusal: refuse(outcome, refusal)):
            zone, now = await self._may(by), clock.now()
            found = await preview(self._change(zone, now, picked=False), by=by, now=now)
            may_stay, spoken = self.kind in (LATE, SOME), language(self)
            self.rows = await met_rows(found, before, may_stay=may_stay, language=spoken, now=now, zone=zone)
            self.summary, self.is_known = summary(self.rows, spoken), True

    async def _forget(self) -> None:
        self.rows, self.summary, self.is_known = [], "", False
        say_nothing(await self.get_state(Rearranged))

    def _change(self, zone: str, now: datetime, *, picked: bool) -> Change:
        """What happened; of what is only picked, those who go, or for a preview all that are there."""
        return change_of(
            Happened(
                kind=self.kind,
                doctor_ids=self._doctor_ids(),
                clinic_id=identity_of(self.clinic_id),
                since=self.since,
                until=self.until,
                minutes=identity_of(self.minutes),
                name=self.reason.strip() or words(language(self)).gettext("Closed"),
                going=frozenset(UUID(row.id) for row in self._going()) if picked else None,
            ),
            zone,
            now,
        )


def _text(form: object, name: str) -> str:
    return str(form.get(name, ""))[:80] if isinstance(form, dict) else ""


def _ticked(form: object) -> set[str]:
    names = [str(name) for name in form] if isinstance(form, dict) else []
    return {name.removeprefix("pick-") for name in names if name.startswith("pick-")}
