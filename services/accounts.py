"""Accounts and browser sessions: who signs in, and who a cookie belongs to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from core import db, passwords
from core.audit import AuditEntry
from core.db import Transaction
from core.errors import DomainError
from core.log import logger
from core.tables import table
from core.web_session import hash_id
from core.words import N_
from models import User
from models.outgoing_message import Channel
from models.user import Role
from services import second_factor, sessions, tries
from services.addresses import LONGEST_EMAIL, Address
from services.permissions import Actor, require

log = logger(__name__)


class WrongCredentials(DomainError):
    """No such account, or not its password: the answer does not tell which."""

    code = "wrong_credentials"
    message = N_("The e-mail address or the password is not right.")


@dataclass(frozen=True)
class SignedIn:
    """A new session: its opaque id, for the cookie and nothing else, and whose it is. A pending one opens nothing."""

    session_id: str
    role: Role
    is_pending: bool = False
    email: str | None = None


async def sign_in(
    email: str, password: str, *, address: str | None, user_agent: str | None, now: datetime, devices: str = ""
) -> SignedIn:
    """Open a session; `devices` is what the browser is known by. Raises WrongCredentials, TooMany, Busy."""
    user = await recognised(email, password, address=address, devices=devices)
    async with db.transaction() as tx:
        return await opened(tx, user, by="password", address=address, user_agent=user_agent, now=now)


async def opened(
    tx: Transaction, user: User, *, by: str, address: str | None, user_agent: str | None, now: datetime
) -> SignedIn:
    """The session of one who has proved who he is, `by` password, code, reset or registration; every way leads here.

    `user` is as he was when he proved it. Raises WrongCredentials.
    """
    user_id, role = await still(tx, user), Role(user.role)
    is_pending = second_factor.is_awaited(user)
    session_id = await sessions.open_session(
        tx, user_id, role, address=address, user_agent=user_agent, now=now, is_pending=is_pending
    )
    tx.record(entry(user_id, role, "first_factor_accepted" if is_pending else "sign_in", address, now, by=by))
    return SignedIn(session_id, role, is_pending, user.email)


async def still(tx: Transaction, user: User) -> int:
    """The id of one who has just proved who he is. Raises WrongCredentials where his password was changed since.

    Or his account closed: then all that was open has been ended, and nothing that is opened now may outlive it.
    """
    unchanged = (
        select(col(User.id))
        .where(col(User.id) == user.id, col(User.is_active))
        .where(col(User.password_hash).is_not_distinct_from(user.password_hash))
        .with_for_update(read=True)
    )
    if user.id is None or (await tx.execute(unchanged)).first() is None:
        raise WrongCredentials
    return user.id


async def recognised(email: str, password: str, *, address: str | None, devices: str = "") -> User:
    """The account whose address and password these are. Raises WrongCredentials, TooMany, Busy."""
    async with tries.trying(email, address=address, devices=devices):
        user = await _user_by_email(email)
        stored = user.password_hash if user is not None else None
        # The same work for an unknown address: the time taken must not tell whether the account exists.
        is_right = await passwords.is_right(password, stored)
        if user is None or not is_right or not user.is_active:
            log.info("sign_in_failed", address=address)
            raise WrongCredentials
    return user


async def sign_out(session_id: str, *, address: str | None, now: datetime) -> None:
    """Revoke the session; one that is unknown or over is left as it is."""
    async with db.transaction() as tx:
        if (row := await sessions.end(tx, hash_id(session_id), now=now)) is not None:
            tx.record(entry(row.id, row.role, "sign_out", address, now))


async def sign_out_of(reference: str | None, *, by: Actor, now: datetime) -> int:
    """End the session of his that has that reference, or all of them, this one too; how many they were."""
    require(by, "keep_account", by)
    async with db.transaction() as tx:
        ended = await sessions.end_all(tx, by.user_id, now=now, reference=reference)
        if ended:
            action = "sign_out_everywhere" if reference is None else "sign_out_elsewhere"
            tx.record(entry(by.user_id, by.role, action, by.address, now, sessions=ended))
    return ended


async def account(user_id: int) -> User:
    """The account as it stands. Raises WrongCredentials where there is none."""
    async with db.snapshot() as connection:
        row = (await connection.execute(select(table(User)).where(col(User.id) == user_id))).first()
    if row is None:
        raise WrongCredentials
    return User.model_validate(row._mapping)


async def reached_at(tx: Transaction, to: Address) -> User | None:
    """Whose address it is: his e-mail, or the telephone that he has proved to be his."""
    where = (
        [col(User.email) == to.text]
        if to.channel == Channel.EMAIL
        else [col(User.phone_hash) == to.hash, col(User.phone_verified_at).is_not(None)]
    )
    row = (await tx.execute(select(table(User)).where(*where))).first()
    return User.model_validate(row._mapping) if row is not None else None


async def _user_by_email(email: str) -> User | None:
    # Not printable: what PostgreSQL would not even take as text, a NUL or half a surrogate pair.
    if len(email) > LONGEST_EMAIL or not email.strip().isprintable():
        return None
    async with db.snapshot() as connection:
        row = (await connection.execute(select(table(User)).where(col(User.email) == email.strip()))).first()
    return User.model_validate(row._mapping) if row is not None else None


def entry(
    user_id: int | None, role: str, action: str, address: str | None, now: datetime, **details: str | int
) -> AuditEntry:
    """What happened to an account, for the trail: its holder did it."""
    return AuditEntry(
        occurred_at=now,
        actor_id=user_id,
        actor_role=role,
        action=action,
        object_type="user",
        object_id=str(user_id),
        address=address,
        details=details,
    )
