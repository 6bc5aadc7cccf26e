"""The second factor: set up, asked for after the password, changed by who still has it; every try is counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select, update
from sqlmodel import col

from core import db, passwords
from core.audit import AuditEntry
from core.db import Transaction
from core.errors import DomainError, NotAllowed, NotSignedIn
from core.tables import table
from core.words import N_
from models import RecoveryCode, Session, User
from models.user import Role
from services import paper_codes, recovery_codes, sessions, totp
from services.permissions import Actor
from services.totp import Draft
from services.tries import WrongPassword

TRIES = 5
"""Wrong codes in one session, after which it is ended."""

TRIES_AN_HOUR = 30
"""Wrong codes for one account; only who knows its password can use them up."""


class WrongCode(DomainError):
    """Not the code of this moment, one that was taken already, or not one of the paper."""

    code = "wrong_second_factor"
    message = N_("This code is not right, or it was used already. Wait for the next one.")


class TooManyTries(DomainError):
    """Too many wrong codes."""

    code = "too_many_tries"
    message = N_("That was wrong too often. Please sign in again later.")


@dataclass(frozen=True)
class Standing:
    """How an account stands with its second factor; `codes_left` are those on paper that are still good."""

    is_on: bool
    is_required: bool
    codes_left: int


@dataclass(frozen=True)
class Completed:
    """The session that follows a pending one: its opaque id, whose it is, and the codes that were made with it."""

    session_id: str
    role: Role
    codes: tuple[str, ...] = ()


def is_awaited(user: Any) -> bool:
    """Whether the password alone is not enough."""
    return user.totp_confirmed_at is not None or is_required(user)


def is_required(user: Any) -> bool:
    """Whether the account cannot be without: an administrator's. The demo's log-ins are there for all to try."""
    return user.role == Role.ADMIN and not user.is_demo


async def standing(user_id: int) -> Standing:
    """How the account stands. Raises NotSignedIn where there is none."""
    left = (
        select(func.count())
        .select_from(RecoveryCode)
        .where(col(RecoveryCode.user_id) == user_id, col(RecoveryCode.used_at).is_(None))
    )
    async with db.snapshot() as connection:
        row = (await connection.execute(_user(user_id))).first()
        count = await connection.scalar(left)
    if row is None:
        raise NotSignedIn
    return Standing(row.totp_confirmed_at is not None, is_required(row), count or 0)


async def draw(user_id: int, *, now: datetime) -> Draft:
    """A new secret in the place of one that was never confirmed. Raises NotAllowed where one is in use."""
    async with db.transaction() as tx:
        row = (await tx.execute(_user(user_id).with_for_update())).first()
        if row is None or row.totp_confirmed_at is not None:
            raise NotAllowed(action="second_factor")
        sealed = totp.new_secret(user_id)
        await tx.execute(update(User).where(col(User.id) == user_id).values(totp_sealed=sealed, totp_step=None))
        tx.record(_entry(row, "second_factor_drawn", None, now))
    return await drawn(user_id)


async def draw_for(by: Actor, password: str, *, now: datetime) -> Draft:
    """The same for one who is signed in and gives his password once more. Raises WrongPassword, TooManyTries."""
    refusal: DomainError | None = None
    async with db.snapshot() as connection:
        stored = (await connection.execute(_user(by.user_id))).one().password_hash
    is_right = await passwords.is_right(password, stored)
    async with db.transaction() as tx:
        user = await _locked(tx, _session(by), by.user_id, now)
        if not is_right:
            refusal = await _count(tx, _session(by), user, by.address, now, WrongPassword())
    if refusal is not None:
        raise refusal
    return await draw(by.user_id, now=now)


async def drawn(user_id: int) -> Draft:
    """The secret that waits for its first code. Raises NotAllowed where none does."""
    async with db.snapshot() as connection:
        row = (await connection.execute(_user(user_id))).first()
    if row is None or row.totp_sealed is None or row.totp_confirmed_at is not None:
        raise NotAllowed(action="second_factor")
    return totp.draft(row)


async def confirm(by: Actor, code: str, *, now: datetime) -> list[str]:
    """Begin to use the drawn secret: the codes for the paper. Other sessions end. Raises WrongCode, TooManyTries."""
    refusal: DomainError | None = None
    codes: list[str] = []
    async with db.transaction() as tx:
        user = await _locked(tx, _session(by), by.user_id, now)
        if user.totp_confirmed_at is not None or not await totp.takes(tx, user, paper_codes.plain(code), now=now):
            refusal = await _count(tx, _session(by), user, by.address, now, WrongCode())
        else:
            codes = await _turn_on(tx, user, by.address, now)
            await sessions.end_all(tx, by.user_id, now=now, but=by.session_hash)
    if refusal is not None:
        raise refusal
    return codes


async def complete(
    pending: bytes, code: str, *, address: str | None, user_agent: str | None, now: datetime
) -> Completed:
    """Turn a pending session into an open one under a new id. Raises NotSignedIn, WrongCode, TooManyTries.

    The first code of a secret that was just drawn confirms it too.
    """
    if (user_id := await sessions.pending(pending, now=now)) is None:
        raise NotSignedIn
    refusal: DomainError | None = None
    async with db.transaction() as tx:
        user = await _locked(tx, pending, user_id, now)
        if (kind := await _accepted(tx, user, code, now)) is None:
            refusal = await _count(tx, pending, user, address, now, WrongCode())
        else:
            codes = await _turn_on(tx, user, address, now) if user.totp_confirmed_at is None else []
            await sessions.end(tx, pending, now=now)
            role = Role(user.role)
            session_id = await sessions.open_session(tx, user_id, role, address=address, user_agent=user_agent, now=now)
            tx.record(_entry(user, "sign_in", address, now, second_factor=kind))
    if refusal is not None:
        raise refusal
    return Completed(session_id, role, tuple(codes))


async def require_code(tx: Transaction, user_id: int, code: str, *, now: datetime) -> None:
    """Take a code of an account whose second factor is on; whoever asks counts the tries. Raises WrongCode."""
    user = (await tx.execute(_user(user_id).with_for_update())).first()
    if user is None or user.totp_confirmed_at is None or await _accepted(tx, user, code, now) is None:
        raise WrongCode


async def renew_codes(by: Actor, code: str, *, now: datetime) -> list[str]:
    """New codes for the paper; the old ones are void. Raises WrongCode, TooManyTries."""
    codes: list[str] = []
    async with db.transaction() as tx:
        user, refusal = await _with_code(tx, by, code, now)
        if refusal is None:
            codes = await recovery_codes.renew(tx, by.user_id, now=now)
            tx.record(_entry(user, "recovery_codes_renewed", by.address, now))
    if refusal is not None:
        raise refusal
    return codes


async def turn_off(by: Actor, code: str, *, user_agent: str | None, now: datetime) -> str | None:
    """Do without; all other sessions end. Raises WrongCode, TooManyTries.

    One who cannot be without it is out until he has set up another: the id of his pending session.
    """
    pending: str | None = None
    async with db.transaction() as tx:
        user, refusal = await _with_code(tx, by, code, now)
        if refusal is None:
            off = {"totp_sealed": None, "totp_confirmed_at": None, "totp_step": None}
            await tx.execute(update(User).where(col(User.id) == by.user_id).values(off))
            await recovery_codes.void(tx, by.user_id)
            is_out = is_required(user)
            await sessions.end_all(tx, by.user_id, now=now, but=None if is_out else by.session_hash)
            tx.record(_entry(user, "second_factor_off", by.address, now))
            if is_out:
                pending = await sessions.open_session(
                    tx, by.user_id, by.role, address=by.address, user_agent=user_agent, now=now, is_pending=True
                )
    if refusal is not None:
        raise refusal
    return pending


async def _with_code(tx: Transaction, by: Actor, code: str, now: datetime) -> tuple[Row[Any], DomainError | None]:
    """The account, and what to refuse with unless the code is right; returned, since a raise would undo the count."""
    user = await _locked(tx, _session(by), by.user_id, now)
    if user.totp_confirmed_at is None or await _accepted(tx, user, code, now) is None:
        return user, await _count(tx, _session(by), user, by.address, now, WrongCode())
    await tx.execute(update(Session).where(col(Session.id_hash) == by.session_hash).values(tries=0))
    return user, None


async def _accepted(tx: Transaction, user: Row[Any], code: str, now: datetime) -> str | None:
    """Take a code of the device or of the paper: which it was, or None where it is neither."""
    if await totp.takes(tx, user, paper_codes.plain(code), now=now):
        return "totp"
    if user.totp_confirmed_at is not None and await recovery_codes.take(tx, user.id, paper_codes.plain(code), now=now):
        return "recovery_code"
    return None


async def _turn_on(tx: Transaction, user: Row[Any], address: str | None, now: datetime) -> list[str]:
    await tx.execute(update(User).where(col(User.id) == user.id).values(totp_confirmed_at=now))
    tx.record(_entry(user, "second_factor_on", address, now))
    return await recovery_codes.renew(tx, user.id, now=now)


async def _locked(tx: Transaction, session_hash: bytes, user_id: int, now: datetime) -> Row[Any]:
    """The account whose code may be tried in that open session; locked, then the session, always in this order."""
    user = (await tx.execute(_user(user_id).with_for_update())).first()
    session = select(col(Session.tries)).where(
        col(Session.id_hash) == session_hash, col(Session.user_id) == user_id, col(Session.revoked_at).is_(None)
    )
    if user is None or (await tx.execute(session.with_for_update())).first() is None:
        raise NotSignedIn
    recent = select(func.sum(col(Session.tries))).where(
        col(Session.user_id) == user_id, col(Session.last_seen_at) > now - timedelta(hours=1)
    )
    if ((await tx.execute(recent)).scalar_one() or 0) >= TRIES_AN_HOUR:
        raise TooManyTries
    return user


async def _count(
    tx: Transaction, session_hash: bytes, user: Row[Any], address: str | None, now: datetime, refusal: DomainError
) -> DomainError:
    """Count a wrong try, the last of which ends the session; what to refuse with."""
    counted = await tx.execute(
        update(Session)
        .where(col(Session.id_hash) == session_hash)
        .values(tries=col(Session.tries) + 1)
        .returning(col(Session.tries))
    )
    tries = int(counted.scalar_one())
    tx.record(_entry(user, "second_factor_failed", address, now, tries=tries))
    if tries < TRIES:
        return refusal
    await sessions.end(tx, session_hash, now=now)
    return TooManyTries()


def _user(user_id: int) -> Select[*tuple[Any, ...]]:
    return select(table(User)).where(col(User.id) == user_id, col(User.is_active))


def _session(by: Actor) -> bytes:
    if by.session_hash is None:
        raise NotSignedIn
    return by.session_hash


def _entry(user: Row[Any], action: str, address: str | None, now: datetime, **details: Any) -> AuditEntry:
    return AuditEntry(
        occurred_at=now,
        actor_id=user.id,
        actor_role=user.role,
        action=action,
        object_type="user",
        object_id=str(user.id),
        address=address,
        details=details,
    )
