"""How one comes to be among the staff: an administrator's letter with a code that is good once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from core import db, passwords
from core.audit import AuditEntry
from core.crypto import lookup
from core.db import Transaction
from core.errors import DomainError, Invalid, NotFound, Stale
from core.settings import settings
from core.tables import table
from core.words import N_, words
from models import Clinic, Doctor, Invitation, User
from models.outgoing_message import Channel
from models.user import Role
from services import inputs, messages, paper_codes, trail
from services.addresses import LONGEST_EMAIL
from services.permissions import Actor, require

GOOD_FOR = timedelta(days=7)
LENGTH = 16
"""Letters of base32 in a code: 80 bits."""

SHORTEST_PASSWORD = 12
LONGEST_NAME = 120
STAFF = frozenset({Role.DOCTOR, Role.RECEPTIONIST, Role.ADMIN})


class HasAccount(DomainError):
    """That address has an account."""

    code = "has_account"
    message = N_("There is an account with this e-mail address already.")


class DoctorTaken(DomainError):
    """That doctor has an account, or there is no such doctor at the clinic."""

    code = "doctor_taken"
    message = N_("This doctor has an account already. Choose another.")


class NoInvitation(DomainError):
    """Not the code of an open invitation to that address: used, called back, too old or never given."""

    code = "no_invitation"
    message = N_("This invitation is not good, or not good any more. Ask for a new one.")


class PasswordTooShort(DomainError):
    """Fewer characters than asked for, or more than are taken."""

    code = "password_too_short"
    message = N_("The password needs at least 12 characters.")


@dataclass(frozen=True, kw_only=True)
class OpenInvitation:
    """One that nobody has accepted yet."""

    id: UUID
    email: str
    name: str
    role: Role
    clinic: str
    expires_at: datetime


async def invite(
    email: str,
    name: str,
    *,
    role: Role,
    clinic_id: int | None = None,
    doctor_id: int | None = None,
    by: Actor,
    now: datetime,
) -> UUID:
    """Send a letter; an earlier one to the address is void. Raises NotAllowed, Invalid, HasAccount, DoctorTaken.

    A doctor is invited to the row of the clinic that shows him to patients, an administrator to no clinic.
    """
    require(by, "manage_staff", None)
    email, name, role = _email(email), _name(name), inputs.one_of(Role, role, "role")
    if role not in STAFF:
        raise Invalid(field="role")
    clinic = None if role == Role.ADMIN else inputs.identity(clinic_id, "clinic")
    doctor = inputs.identity(doctor_id, "doctor") if role == Role.DOCTOR else None
    code = paper_codes.new(LENGTH)
    values = {"email": email, "name": name, "role": role, "clinic_id": clinic, "doctor_id": doctor}
    async with db.transaction() as tx:
        await _check(tx, email, clinic, doctor)
        await tx.execute(
            update(Invitation).where(col(Invitation.email) == email, _is_unanswered()).values(revoked_at=now)
        )
        given = {"code_hash": _hash(code), "invited_by": by.user_id, "created_at": now, "expires_at": now + GOOD_FOR}
        made = await tx.execute(
            insert(Invitation)
            .values(id=uuid4(), **values, **given)
            .on_conflict_do_nothing()
            .returning(col(Invitation.id))
        )
        if (identity := made.scalar_one_or_none()) is None:
            raise Stale
        await messages.write(
            tx, Channel.EMAIL, to=email, **_letter(name, code, by.language), good_for=GOOD_FOR, now=now
        )
        tx.record(_entry(by, "staff_invited", identity, now, role=role, clinic_id=clinic, doctor_id=doctor))
    return UUID(str(identity))


async def revoke(invitation_id: UUID, *, by: Actor, now: datetime) -> None:
    """Call it back. Raises NotAllowed, NotFound for one that is not open."""
    require(by, "manage_staff", None)
    async with db.transaction() as tx:
        revoked = await tx.execute(
            update(Invitation)
            .where(col(Invitation.id) == inputs.number(invitation_id, "invitation"), _is_unanswered())
            .values(revoked_at=now)
        )
        if revoked.rowcount == 0:
            raise NotFound
        tx.record(_entry(by, "invitation_revoked", invitation_id, now))


async def unanswered(*, by: Actor, now: datetime) -> list[OpenInvitation]:
    """Those that can still be accepted, the latest first. Raises NotAllowed."""
    require(by, "manage_staff", None)
    query = (
        select(col(Invitation.id), col(Invitation.email), col(Invitation.name), col(Invitation.role))
        .add_columns(col(Clinic.name).label("clinic"), col(Invitation.expires_at))
        .outerjoin(Clinic, col(Clinic.id) == col(Invitation.clinic_id))
        .where(_is_unanswered(), col(Invitation.expires_at) > now)
        .order_by(col(Invitation.created_at).desc())
    )
    async with db.snapshot() as connection:
        rows = (await connection.execute(query)).all()
    return [OpenInvitation(**(dict(row._mapping) | {"clinic": row.clinic or ""})) for row in rows]


async def accept(email: str, code: str, password: str, *, address: str | None, now: datetime) -> int:
    """Make the account; the id of it. Raises PasswordTooShort, NoInvitation, HasAccount, DoctorTaken."""
    if not SHORTEST_PASSWORD <= len(password) <= passwords.LONGEST:
        raise PasswordTooShort
    email, code = email.strip(), paper_codes.plain(code)
    if not email.isprintable() or len(email) > LONGEST_EMAIL or len(code) != LENGTH or not code.isascii():
        raise NoInvitation
    is_it = (
        col(Invitation.code_hash) == _hash(code),
        col(Invitation.email) == email,
        _is_unanswered(),
        col(Invitation.expires_at) > now,
    )
    async with db.snapshot() as connection:
        # Before the hash: rubbish shall not cost 100 ms of a core.
        if (await connection.execute(select(col(Invitation.id)).where(*is_it))).first() is None:
            raise NoInvitation
    password_hash = await passwords.hashed(password)
    async with db.transaction() as tx:
        accepted = await tx.execute(
            update(Invitation).where(*is_it).values(accepted_at=now).returning(table(Invitation))
        )
        if (invitation := accepted.first()) is None:
            raise NoInvitation
        user_id = await _account(tx, invitation, password_hash, now)
        tx.record(
            AuditEntry(
                occurred_at=now,
                actor_id=user_id,
                actor_role=invitation.role,
                action="invitation_accepted",
                object_type="invitation",
                object_id=str(invitation.id),
                address=address,
            )
        )
    return user_id


async def _account(tx: Transaction, invitation: Any, password_hash: str, now: datetime) -> int:
    made = await tx.execute(
        insert(User)
        .values(
            email=invitation.email,
            name=invitation.name,
            role=invitation.role,
            clinic_id=invitation.clinic_id,
            password_hash=password_hash,
            email_verified_at=now,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(col(User.id))
    )
    if (user_id := made.scalar_one_or_none()) is None:
        raise HasAccount
    if invitation.doctor_id is not None:
        taken = await tx.execute(
            update(Doctor)
            .where(col(Doctor.id) == invitation.doctor_id, col(Doctor.user_id).is_(None))
            .values(user_id=user_id)
        )
        if taken.rowcount == 0:
            raise DoctorTaken
    return int(user_id)


async def _check(tx: Transaction, email: str, clinic_id: int | None, doctor_id: int | None) -> None:
    """Whether these can be, and the address and the doctor are free."""
    if await tx.connection.scalar(select(exists().where(col(User.email) == email))):
        raise HasAccount
    if clinic_id is not None and not await tx.connection.scalar(select(exists().where(col(Clinic.id) == clinic_id))):
        raise Invalid(field="clinic")
    if doctor_id is not None:
        is_free = exists().where(
            col(Doctor.id) == doctor_id, col(Doctor.clinic_id) == clinic_id, col(Doctor.user_id).is_(None)
        )
        if not await tx.connection.scalar(select(is_free)):
            raise DoctorTaken


def _is_unanswered() -> Any:
    return col(Invitation.accepted_at).is_(None) & col(Invitation.revoked_at).is_(None)


def _hash(code: str) -> bytes:
    return lookup("invitation", code)


def _email(text: Any) -> str:
    """An address that a letter can be sent to; whether it is read there, the code in the letter shows."""
    found = text.strip() if isinstance(text, str) else ""
    name, at, domain = found.rpartition("@")
    is_one = name and at and "." in domain.strip(".") and not any(mark.isspace() or mark in '<>,;"' for mark in found)
    if not is_one or not found.isprintable() or len(found) > LONGEST_EMAIL:
        raise Invalid(field="email")
    return found


def _name(text: Any) -> str:
    found = " ".join(text.split()) if isinstance(text, str) else ""
    if not 0 < len(found) <= LONGEST_NAME or not found.isprintable():
        raise Invalid(field="name")
    return found


def _letter(name: str, code: str, language: str) -> dict[str, str]:
    gettext = words(language).gettext
    shown = paper_codes.grouped(code, 4)
    text = gettext(
        "{name}, you are invited to work with Aarogya Setu.\n\n"
        "Open {address} and give this code there, with your e-mail address and a password of your own:\n\n{code}\n\n"
        "The code is good once, for seven days. If you did not expect this letter, you need not do anything."
    )
    return {
        "subject": gettext("Your invitation to Aarogya Setu"),
        "text": text.format(name=name, address=f"{settings().origin}/join", code=shown),
    }


def _entry(by: Actor, action: str, identity: UUID, now: datetime, **details: Any) -> AuditEntry:
    return trail.entry(by, action, ("invitation", str(identity)), now=now, details=details)
