"""The page of one's own account: who, reached where, for whom, and signed in on what."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import reflex as rx
from babel.dates import format_date, format_timedelta

from core import clock
from core.crypto import unseal
from core.words import N_, words
from services import accounts, sessions
from services.account import family
from services.account.family import Member
from services.permissions import Access, admit
from services.sessions import OpenSession
from state.devices import device
from state.guard import actor, handler
from state.rows import LOCALES
from state.session import language


@dataclass(frozen=True)
class FamilyRow:
    """One of the family; `born_on` is ISO, for the field."""

    id: str
    name: str
    born_on: str
    born: str
    is_holder: bool


@dataclass(frozen=True)
class SessionRow:
    """A browser that is signed in."""

    reference: str
    device: str
    address: str
    used: str
    is_this: bool


class Account(rx.State):
    """What the page shows. Its forms are plain posts: no handler of it changes anything."""

    is_ready: bool = False
    is_signed_out: bool = False
    is_patient: bool = False
    has_password: bool = False
    email: str = ""
    is_email_verified: bool = False
    phone: str = ""
    is_phone_verified: bool = False
    today: str = ""
    family: list[FamilyRow] = []
    sessions: list[SessionRow] = []

    @handler(Access.PUBLIC)
    async def load(self):
        """Read the account of whoever is signed in."""
        self.reset()
        self.is_ready = True
        if (by := await actor(self)) is None:
            self.is_signed_out = True
            return
        admit(by, Access.SIGNED_IN)
        now, spoken = clock.now(), language(self)
        user = await accounts.account(by.user_id)
        self.is_patient = by.role == "patient"
        self.has_password = user.password_hash is not None
        self.email = user.email or ""
        self.is_email_verified = user.email_verified_at is not None
        proved = unseal(user.phone_sealed, about=f"users.phone:{user.id}") if user.phone_sealed else None
        self.phone = _masked(proved or await family.contact(by) or "")
        self.is_phone_verified = user.phone_verified_at is not None
        self.today = now.date().isoformat()
        if self.is_patient:
            self.family = [_member(member, spoken) for member in await family.members(by)]
        self.sessions = [_session(each, spoken, now) for each in await sessions.of(by, now=now)]


def _masked(phone: str) -> str:
    """Enough for its owner to know it: what a page shows is kept by Reflex for a while, and numbers are kept sealed."""
    return f"{phone[:3]} ••••• {phone[-4:]}" if phone else ""


def _member(member: Member, spoken: str) -> FamilyRow:
    born = member.born_on
    return FamilyRow(
        id=str(member.patient_id),
        name=member.name,
        born_on=born.isoformat() if born else "",
        born=format_date(born, "d MMMM y", locale=LOCALES[spoken]) if born else "",
        is_holder=member.is_account_holder,
    )


def _session(known: OpenSession, spoken: str, now: datetime) -> SessionRow:
    return SessionRow(
        reference=known.reference,
        device=device(known.user_agent, spoken),
        address=known.address or "",
        used=_ago(now - known.last_seen_at, spoken),
        is_this=known.is_this,
    )


def _ago(since: timedelta, spoken: str) -> str:
    if since < timedelta(minutes=2):
        return words(spoken).gettext(N_("just now"))
    said: str = format_timedelta(-since, add_direction=True, locale=LOCALES[spoken], threshold=1.2)
    return said
