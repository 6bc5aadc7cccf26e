"""The staff and the open invitations, for administrators."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx
from babel.dates import format_datetime

from core import clock
from core.errors import DomainError
from core.settings import settings
from core.words import words
from models.user import Role
from services import invitations, staff
from services.permissions import Access, Actor, admit
from state.guard import handler, signed_in
from state.rows import LOCALES
from state.session import language
from state.staff_page import staff_page
from state.typed import count_of, number_of


@dataclass(frozen=True)
class MemberRow:
    """One of the staff."""

    id: str
    name: str
    email: str
    role: str
    clinic: str
    last_seen: str
    is_active: bool
    has_second_factor: bool
    is_me: bool


@dataclass(frozen=True)
class InvitationRow:
    """An invitation that waits."""

    id: str
    name: str
    email: str
    role: str
    clinic: str
    until: str


@dataclass(frozen=True)
class Choice:
    """A clinic or a doctor of the form."""

    id: str
    name: str


class Staff(rx.State):
    """Who works here, whom it is asked to, and the form for one more."""

    members: list[MemberRow] = []
    invited: list[InvitationRow] = []
    clinics: list[Choice] = []
    doctors: list[Choice] = []
    role: str = Role.RECEPTIONIST.value
    letters: int = 0
    asked: str = ""
    error: str = ""
    said: str = ""
    is_refused: bool = False
    is_signed_out: bool = False
    is_ready: bool = False

    @handler(Access.PUBLIC)
    async def load(self):
        """See who works here."""
        self.reset()
        with staff_page(self):
            by = await signed_in(self)
            admit(by, Access.ADMIN)
            self.clinics = [Choice(str(identity), name) for identity, name in await staff.places(by=by)]
            await self._read(by)

    @handler(Access.ADMIN)
    async def choose_role(self, role: str):
        """Invite someone of that role."""
        self.role = role if role in invitations.STAFF else Role.RECEPTIONIST.value
        if self.role == Role.ADMIN:
            self.doctors = []

    @handler(Access.ADMIN)
    async def choose_clinic(self, clinic_id: str):
        """Invite someone to that clinic; its doctors who cannot sign in yet are offered."""
        self.doctors = []
        if clinic_id:
            found = await staff.doctors_without_account(count_of(clinic_id), by=await signed_in(self))
            self.doctors = [Choice(str(identity), name) for identity, name in found]

    @handler(Access.ADMIN)
    async def invite(self, form: dict[str, Any]):
        """Send the letter."""
        by, given = await signed_in(self), form if isinstance(form, dict) else {}
        self.error = self.said = ""
        try:
            await invitations.invite(
                str(given.get("email", "")),
                str(given.get("name", "")),
                role=given.get("role", ""),
                clinic_id=count_of(given["clinic"]) if given.get("clinic") else None,
                doctor_id=count_of(given["doctor"]) if given.get("doctor") else None,
                by=by,
                now=clock.now(),
            )
        except DomainError as refusal:
            self.error = words(language(self)).gettext(refusal.message)
            return
        self.said = words(language(self)).gettext("The letter is on its way.")
        self.letters += 1
        self.role, self.doctors = Role.RECEPTIONIST.value, []
        await self._read(by)

    @handler(Access.ADMIN)
    async def revoke(self, invitation_id: str):
        """Call an invitation back."""
        by = await signed_in(self)
        await invitations.revoke(number_of(invitation_id), by=by, now=clock.now())
        await self._read(by)

    @handler(Access.ADMIN)
    def ask(self, user_id: str):
        """Ask whether that one shall really be deactivated; nobody: the question is closed."""
        self.asked = user_id

    @handler(Access.ADMIN)
    async def deactivate(self, user_id: str):
        """End all that he has open."""
        by = await signed_in(self)
        await staff.deactivate(count_of(user_id), by=by, now=clock.now())
        self.asked = ""
        await self._read(by)

    @handler(Access.ADMIN)
    async def reactivate(self, user_id: str):
        """Let him sign in again."""
        by = await signed_in(self)
        await staff.reactivate(count_of(user_id), by=by, now=clock.now())
        await self._read(by)

    async def _read(self, by: Actor) -> None:
        self.members = [_member(each, by, language(self)) for each in await staff.members(by=by)]
        self.invited = [
            InvitationRow(
                id=str(each.id),
                name=each.name,
                email=each.email,
                role=each.role,
                clinic=each.clinic,
                until=_moment(each.expires_at, language(self)),
            )
            for each in await invitations.unanswered(by=by, now=clock.now())
        ]


def _member(member: staff.Member, by: Actor, spoken_here: str) -> MemberRow:
    return MemberRow(
        id=str(member.id),
        name=member.name,
        email=member.email,
        role=member.role,
        clinic=member.clinic,
        last_seen=_moment(member.last_seen_at, spoken_here) if member.last_seen_at else "",
        is_active=member.is_active,
        has_second_factor=member.has_second_factor,
        is_me=member.id == by.user_id,
    )


def _moment(instant: datetime, spoken_here: str) -> str:
    zone = ZoneInfo(settings().home_time_zone)
    said: str = format_datetime(instant, "d MMM y, h:mm a", tzinfo=zone, locale=LOCALES[spoken_here])
    return said.replace("\u202f", " ")
