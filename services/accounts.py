"""Accounts and browser sessions: who signs in, and who a cookie belongs to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from core import db, passwords
from core.audit import AuditEntry
from core.errors import DomainError
from core.tables import table
from core.web_session import hash_id
from core.words import N_
from models import Patient, User
from models.user import Role
from services import sessions, tries
from services.permissions import Actor

LONGEST_EMAIL = 320
"""Characters: 64 before the @ and 255 behind it (RFC 5321, 4.5.3.1)."""


class WrongCredentials(DomainError):
    """No such account, or not its password: the answer does not tell which."""

    code = "wrong_credentials"
    message = N_("The e-mail address or the password is not right.")


@dataclass(frozen=True)
class SignedIn:
    """A new session: its opaque id, for the cookie and nothing else, whose it is, and what the device is known by."""

    session_id: str
    role: Role
    devices: str


async def sign_in(
    email: str, password: str, *, address: str | None, user_agent: str | None, now: datetime, devices: str = ""
) -> SignedIn:
    """Open a session; `devices` is what the browser is known by. Raises WrongCredentials, TooMany, Busy."""
    async with tries.trying(email, address=address, devices=devices):
        user = await _user_by_email(email)
        stored = user.password_hash if user is not None else None
        # The same work for an unknown address: the time taken must not tell whether the account exists.
        is_right = await passwords.is_right(password, stored)
        if user is None or not is_right or not user.is_active:
            raise WrongCredentials
    assert user.id is not None
    role = Role(user.role)
    async with db.transaction() as tx:
        session_id = await sessions.open_session(tx, user.id, role, address=address, user_agent=user_agent, now=now)
        tx.record(_entry(user.id, user.role, "sign_in", address, now))
    return SignedIn(session_id, role, tries.known_device(email, devices))


async def sign_out(session_id: str, *, address: str | None, now: datetime) -> None:
    """Revoke the session; one that is unknown or over is left as it is."""
    async with db.transaction() as tx:
        if (row := await sessions.end(tx, hash_id(session_id), now=now)) is not None:
            tx.record(_entry(row.id, row.role, "sign_out", address, now))


async def family(actor: Actor) -> list[tuple[int, str]]:
    """Id and name of each person whom this account books for, its holder first."""
    query = (
        select(col(Patient.id), col(Patient.name))
        .where(col(Patient.account_id) == actor.user_id)
        .order_by(col(Patient.is_account_holder).desc(), col(Patient.id))
    )
    async with db.snapshot() as connection:
        return [(row.id, row.name) for row in await connection.execute(query)]


async def _user_by_email(email: str) -> User | None:
    # Not printable: what PostgreSQL would not even take as text, a NUL or half a surrogate pair.
    if len(email) > LONGEST_EMAIL or not email.strip().isprintable():
        return None
    async with db.snapshot() as connection:
        row = (await connection.execute(select(table(User)).where(col(User.email) == email.strip()))).first()
    return User.model_validate(row._mapping) if row is not None else None


def _entry(user_id: int | None, role: str, action: str, address: str | None, now: datetime) -> AuditEntry:
    return AuditEntry(
        occurred_at=now,
        actor_id=user_id,
        actor_role=role,
        action=action,
        object_type="user",
        object_id=str(user_id),
        address=address,
    )
