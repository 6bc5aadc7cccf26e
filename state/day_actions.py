"""What doctor and front desk do on the dashboard. The version that the screen showed goes along with each action."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import reflex as rx

from core import clock
from core.errors import DomainError, Invalid, NotSignedIn, Stale
from core.words import N_, words
from models import Appointment
from services import calling_back, queue, sending, undoing, visits
from services.permissions import Access, Actor
from services.refusals import DoctorBusy
from state.attempt import attempt
from state.day import Day
from state.faster import who_was_faster
from state.guard import handler, signed_in
from state.lasting import lasting
from state.running_late import PutOff, put_off, swap, who_said_so
from state.session import language
from state.typed import count_of, number_of

GOES_IN = N_("Token {token} goes in.")
IS_DONE = N_("Token {token} is done.")
IS_MISSED = N_("Token {token} did not come.")
IS_BACK = N_("Token {token} is here after all.")
IS_HERE = N_("Token {token} is here.")
LETS_PASS = N_("Token {token} lets others go first.")
IS_TAKEN_BACK = N_("Taken back: token {token} is where it was.")
IS_SENT = N_("Sent on, with token {token} there.")
IS_LATE = N_("The day runs {time} late.")
IS_ON_TIME = N_("The day is on time.")

SENDING, LATENESS = "sending", "lateness"
"""What is taken back in another way than a move at the door."""

SENDS = {"doctor": sending.send, "therapist": sending.send_to_therapist}
"""To whom somebody can be sent on."""

Act = Callable[[Actor], Awaitable[Appointment]]


class DayActions(rx.State):
    """What became of the last action. Until `answered` goes up, the page lets nothing else be pressed.

    `undo_id` is the appointment that it was done to or, of a day that was said to run late, its doctor: `_late` is how
    many minutes it then ran late by what was said before and by what was said last.
    """

    answered: int = 0
    said: str = ""
    refusal: str = ""
    faster: str = ""
    undo_id: str = ""
    undo_version: int = 0
    undoes: str = ""
    _late: tuple[int, int] = (0, 0)
    slip_id: str = ""

    @handler(Access.STAFF)
    async def call_next(self):
        """The first of those who wait goes in."""
        doctor_id = (await self.get_state(Day)).number
        await self._do(GOES_IN, lambda by: queue.call_next(doctor_id, by=by, now=clock.now()), can_undo=True)

    @handler(Access.STAFF)
    async def start(self, appointment_id: str, version: int):
        """This one goes in."""
        await self._do_to(visits.start, appointment_id, version, GOES_IN, can_undo=True)

    @handler(Access.STAFF)
    async def finish(self, appointment_id: str, version: int):
        """The visit is over."""
        await self._do_to(visits.complete, appointment_id, version, IS_DONE, can_undo=True)

    @handler(Access.STAFF)
    async def miss(self, appointment_id: str, version: int):
        """He did not come, or has left."""
        await self._do_to(visits.no_show, appointment_id, version, IS_MISSED, can_undo=True)

    @handler(Access.STAFF)
    async def recall(self, appointment_id: str, version: int):
        """He is here after all."""
        await self._do_to(visits.recall, appointment_id, version, IS_BACK, can_undo=True)

    @handler(Access.STAFF)
    async def skip(self, appointment_id: str, version: int):
        """He was called and is not there: he goes in later."""
        await self._do_to(visits.skip, appointment_id, version, LETS_PASS, can_undo=True)

    @handler(Access.STAFF)
    async def send(self, form: dict[str, Any]):
        """On to another doctor of the clinic, or to a therapist: `to` is which of both, and his number."""
        kind, _, number = str(form.get("to", "")).partition(":")

        async def send(appointment_id: UUID, **how: Any) -> Appointment:
            if kind not in SENDS:
                raise Invalid(field="to")
            return await SENDS[kind](appointment_id, count_of(number), **how)

        await self._do_to(send, form.get("appointment"), form.get("version"), IS_SENT, can_undo=True)

    @handler(Access.STAFF)
    async def undo(self):
        """Take back what this screen did last, if nothing has happened to it since."""
        if self.undoes == LATENESS:
            before, said = self._late
            await self._run_late(count_of(self.undo_id), before, said, swap)
            return
        take_back = calling_back.call_back if self.undoes == SENDING else undoing.undo
        await self._do_to(take_back, self.undo_id, self.undo_version, IS_TAKEN_BACK)

    @handler(Access.STAFF)
    async def check_in(self, appointment_id: str, version: int):
        """He is here."""
        await self._do_to(visits.check_in, appointment_id, version, IS_HERE, can_undo=True)

    @handler(Access.STAFF)
    async def run_late(self, minutes: int, seen: int):
        """The day runs that late, and not as late as was `seen`; nought: on time."""
        await self._run_late((await self.get_state(Day)).number, minutes, seen, put_off)

    @handler(Access.PUBLIC)
    def put_away(self):
        """Close what was said; a page that is opened says nothing yet."""
        answer(self)

    async def _run_late(self, doctor_id: int, minutes: Any, seen: Any, how: PutOff) -> None:
        by = await signed_in(self)
        try:
            before, late = await how(doctor_id, minutes, seen, by=by)
        except DomainError as refusal:
            refuse(self, refusal)
            if isinstance(refusal, Stale):
                self.faster = await who_said_so(doctor_id, refusal, by, language(self))
            return
        say(self, IS_LATE if late else IS_ON_TIME, time=lasting(late, language(self)))
        if how is put_off and before != late:
            self.undo_id, self.undoes, self._late = str(doctor_id), LATENESS, (before, late)

    async def _do_to(
        self, act: Callable[..., Awaitable[Appointment]], of: Any, version: Any, said: str, *, can_undo: bool = False
    ) -> None:
        await self._do(said, lambda by: attempt(act, of, version, by), can_undo=can_undo, about=of)

    async def _do(self, said: str, act: Act, *, can_undo: bool = False, about: Any = None) -> None:
        by = await signed_in(self)
        try:
            done = await act(by)
        except DomainError as refusal:
            refuse(self, refusal)
            if isinstance(refusal, DoctorBusy):
                # Whoever is inside was called by somebody else, this very moment.
                about = refusal.data["appointment_id"]
            if isinstance(refusal, Stale | DoctorBusy) and about is not None:
                self.faster = await who_was_faster(number_of(about), by, language(self))
        else:
            say(self, said, token=done.token, slip=str(done.id) if said == IS_HERE else "")
            if can_undo:
                offer_undo(self, done, undoes=SENDING if said == IS_SENT else "")


def say(acts: DayActions, sentence: str, *, slip: str = "", **values: Any) -> None:
    """What was done, at the foot of the page; `slip` is the appointment whose token can be printed or sent."""
    answer(acts)
    acts.said, acts.slip_id = words(language(acts)).gettext(sentence).format(**values), slip


def offer_undo(acts: DayActions, done: Appointment, *, undoes: str = "") -> None:
    """For as long as nothing else is done."""
    acts.undo_id, acts.undo_version, acts.undoes = str(done.id), done.version, undoes


def refuse(acts: DayActions, refusal: DomainError) -> None:
    """Why it was not done."""
    if isinstance(refusal, NotSignedIn):
        raise refusal
    answer(acts)
    acts.refusal = words(language(acts)).gettext(refusal.message)


def answer(acts: DayActions) -> None:
    """The page may act again; nothing is said yet."""
    acts.answered += 1
    acts.said = acts.refusal = acts.faster = acts.undo_id = acts.slip_id = ""
