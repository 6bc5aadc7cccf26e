"""From a tap on a time to an appointment: hold, confirm, move an earlier one there, or let go."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import reflex as rx

from core import clock
from core.errors import DomainError
from core.words import words
from models.appointment import Status
from models.doctor import Mode
from models.visit import VisitType
from services import appointments, itinerary
from services.account import family
from services.days import doctor_ref
from services.permissions import Access, Actor
from services.placing import Wish
from services.refusals import SlotTaken
from services.slots import Slot
from state import address
from state.doctor import Doctor
from state.guard import actor, handler, signed_in
from state.rows import opening
from state.session import language, localised
from state.typed import count_of, instant_of, number_of

MOVABLE = frozenset({Status.BOOKED, Status.CHECKED_IN})
"""Who waits for a doctor who is late may take another time; for whom else it is too late, the service says."""


@dataclass(frozen=True)
class Alternative:
    """Another time, offered with a refusal. `key` is the instant."""

    key: str
    label: str


@dataclass(frozen=True)
class Person:
    """Someone whom the account books for."""

    id: str
    name: str


class Booking(rx.State):
    """Whom the booking is for, and what became of the last wish. `moving` is the appointment that is to be moved."""

    people: list[Person] = []
    patient_id: str = ""
    moving: str = ""
    moving_from: str = ""
    refusal: str = ""
    alternatives: list[Alternative] = []
    _visit: str = VisitType.FIRST_VISIT

    @handler(Access.PUBLIC)
    async def load(self):
        """Know whom this account books for, or which of its appointments is to be moved."""
        self.refusal, self.alternatives = "", []
        self.moving, self.moving_from, self._visit = "", "", VisitType.FIRST_VISIT
        found = await actor(self)
        known = await family.members(found) if found and found.patient_ids else []
        self.people = [Person(str(member.patient_id), member.name) for member in known]
        # The address says which in the order of the family, the holder being 1: an id is nobody's business there.
        which = self.router.url.query_parameters.get("for", "1")
        chosen = int(which) - 1 if which.isdecimal() and 1 <= int(which) <= len(self.people) else 0
        self.patient_id = self.people[chosen].id if self.people else ""
        if found is not None and (which := self.router.url.query_parameters.get("move", "")):
            await self._begin_moving(found, which)

    @handler(Access.PUBLIC)
    def choose_patient(self, patient_id: str):
        """Book for this member of the family; whether one may is asked when it is done."""
        self.patient_id = patient_id
        known = [person.id for person in self.people]
        number = known.index(patient_id) + 1 if patient_id in known else 1
        return address.say(**{"for": str(number) if number > 1 else ""})

    @handler(Access.PUBLIC)
    async def hold(self, starts_at: str):
        """Keep that time for five minutes."""
        self.refusal, self.alternatives = "", []
        doctor = await self.get_state(Doctor)
        if not doctor.id:
            # The server has lost this tab's state: look at the address again, and go on.
            async for _ in doctor.load():
                pass
            await self.load()
        if (by := await actor(self)) is None:
            return rx.redirect(f"{localised(self, '/sign-in')}?next={quote(_here(self, doctor))}")
        now = clock.now()
        try:
            wish = Wish(
                patient_id=count_of(self.patient_id),
                doctor_id=doctor.id,
                starts_at=instant_of(starts_at),
                mode=Mode(doctor.mode),
                visit=VisitType(self._visit),
            )
            await appointments.hold(wish, by=by, now=now)
        except SlotTaken as refusal:
            await self._refuse(refusal)
            zone = (await doctor_ref(doctor.id)).zone
            self.alternatives = [_alternative(slot, zone, language(self), now) for slot in refusal.data["alternatives"]]
        except DomainError as refusal:
            await self._refuse(refusal)
        return None

    @handler(Access.SIGNED_IN)
    async def confirm(self, hold_id: str):
        """Make the held time an appointment, and show it."""
        try:
            booked = await appointments.book(number_of(hold_id), by=await signed_in(self), now=clock.now())
        except DomainError as refusal:
            await self._refuse(refusal)
            return None
        self.refusal, self.alternatives = "", []
        return rx.redirect(localised(self, f"/appointment/{booked.id}"))

    @handler(Access.SIGNED_IN)
    async def move(self, hold_id: str):
        """Bring the appointment to the held time, and show it there; both, or neither."""
        by, now = await signed_in(self), clock.now()
        try:
            held = await itinerary.visit(number_of(hold_id), by=by, now=now)
            wish = Wish(
                patient_id=held.patient_id,
                doctor_id=held.doctor_id,
                starts_at=held.starts_at,
                mode=Mode(held.mode),
                visit=VisitType(held.visit_type),
            )
            moved = await appointments.reschedule(number_of(self.moving), wish, by=by, now=now)
        except DomainError as refusal:
            await self._refuse(refusal)
            return None
        self.moving = self.moving_from = ""
        return rx.redirect(localised(self, f"/appointment/{moved.id}"))

    @handler(Access.SIGNED_IN)
    async def release(self, hold_id: str):
        """Let the held time go."""
        await appointments.release(number_of(hold_id), by=await signed_in(self), now=clock.now())

    @handler(Access.SIGNED_IN)
    async def cancel(self, appointment_id: str):
        """Cancel an appointment."""
        await appointments.cancel(number_of(appointment_id), by=await signed_in(self), now=clock.now())

    @handler(Access.PUBLIC)
    def put_away(self):
        """Close the refusal."""
        self.refusal, self.alternatives = "", []

    async def _begin_moving(self, by: Actor, appointment_id: str) -> None:
        """The patient, and how long it takes, are those of the appointment; what cannot be moved is not spoken of."""
        try:
            found = await itinerary.visit(number_of(appointment_id), by=by, now=clock.now())
        except DomainError:
            return
        if found.patient_id in by.patient_ids and found.status in MOVABLE:
            self.moving, self.patient_id, self._visit = str(found.id), str(found.patient_id), found.visit_type
            self.moving_from = opening(found.starts_at, found.zone, language(self), clock.now())

    async def _refuse(self, refusal: DomainError) -> None:
        self.refusal = words(language(self)).gettext(refusal.message)


def _here(state: rx.State, doctor: Doctor) -> str:
    return f"{localised(state, f'/doctor/{doctor.slug}')}?day={doctor.day}&mode={doctor.mode}"


def _alternative(slot: Slot, zone: str, spoken_here: str, now: datetime) -> Alternative:
    return Alternative(slot.starts_at.isoformat(), opening(slot.starts_at, zone, spoken_here, now))
