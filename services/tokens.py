"""How a person's program logs in: an access token of minutes, and a refresh token that is used once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlmodel import col

from core import access_token, db
from core.access_token import Claims, TokenRefused
from core.audit import AuditEntry
from core.db import Transaction
from core.errors import DomainError
from core.tables import table
from core.words import N_
from models import RefreshToken, User
from services import accounts, actors, families, second_factor, tries
from services.permissions import Actor


class SecondFactorNeeded(DomainError):
    """The password alone does not open this account."""

    code = "second_factor_needed"
    message = N_("This account needs a second factor.")


@dataclass(frozen=True)
class Pair:
    """What a login or a refresh gives; neither is kept by us as it is."""

    access: str
    refresh: str


async def login(email: str, password: str, *, code: str = "", address: str | None, now: datetime) -> Pair:
    """Begin a family; `code` is that of the second factor. Raises WrongCredentials, SecondFactorNeeded, WrongCode."""
    user = await accounts.recognised(email, password, address=address)
    assert user.id is not None
    is_awaited = second_factor.is_awaited(user)
    if is_awaited and (user.totp_confirmed_at is None or not code):
        raise SecondFactorNeeded
    async with tries.proving(user.id), db.transaction() as tx:
        if is_awaited:
            await second_factor.require_code(tx, user.id, code, now=now)
        return await begin(tx, user, address=address, now=now)


async def begin(tx: Transaction, user: User, *, address: str | None, now: datetime) -> Pair:
    """A family for one who has just proved who he is, second factor and all. Raises WrongCredentials."""
    family, user_id = uuid4(), await accounts.still(tx, user)
    refresh_token = await families.grow(tx, family, user_id, now=now)
    tx.record(_entry("log_in", user_id, user.role, family, address, now))
    return Pair(access_token.sign(Claims(user_id, family), now=now), refresh_token)


async def refresh(token: str, *, address: str | None, now: datetime) -> Pair:
    """The next pair. A token that was used before ends its family: someone else has it too. Raises TokenRefused."""
    async with db.transaction() as tx:
        pair = await _refresh(tx, families.hashed(token), address, now)
    # Raised here, so that the end of the family is committed.
    if pair is None:
        raise TokenRefused
    return pair


async def logout(token: str, *, address: str | None, now: datetime) -> None:
    """End the family of a refresh token; one that is unknown is left as it is."""
    async with db.transaction() as tx:
        if (kept := await _kept(tx, families.hashed(token))) is not None:
            user, family, _ = kept
            if await families.end(tx, family, now=now):
                tx.record(_entry("log_out", user.id, user.role, family, address, now))


async def actor(token: str, *, address: str | None, now: datetime) -> Actor:
    """Who an access token speaks for. Raises TokenRefused."""
    claims = access_token.read(token, now=now)
    if not await families.stands(claims.family, claims.user_id):
        raise TokenRefused
    found = await actors.of(claims.user_id, address=address)
    if found is None:
        raise TokenRefused
    return found


async def _refresh(tx: Transaction, token_hash: bytes, address: str | None, now: datetime) -> Pair | None:
    # Whoever changes the row first has used it; one who asks at the same moment waits here, and comes second.
    used = await tx.execute(
        update(RefreshToken)
        .where(col(RefreshToken.token_hash) == token_hash, col(RefreshToken.used_at).is_(None))
        .where(col(RefreshToken.revoked_at).is_(None), col(RefreshToken.expires_at) > now)
        .where(col(User.id) == col(RefreshToken.user_id), col(User.is_active))
        .values(used_at=now)
        .returning(col(User.id), col(RefreshToken.family))
    )
    if (row := used.first()) is not None:
        following = await families.grow(tx, row.family, row.id, now=now)
        return Pair(access_token.sign(Claims(row.id, row.family), now=now), following)
    if (kept := await _kept(tx, token_hash)) is not None:
        user, family, used_at = kept
        if used_at is not None and await families.end(tx, family, now=now):
            tx.record(_entry("refresh_token_reused", user.id, user.role, family, address, now))
    return None


async def _kept(tx: Transaction, token_hash: bytes) -> tuple[User, UUID, datetime | None] | None:
    """Whose a token is or was, its family, and when it was used."""
    query = (
        select(table(User), col(RefreshToken.family), col(RefreshToken.used_at))
        .join(RefreshToken, col(RefreshToken.user_id) == col(User.id))
        .where(col(RefreshToken.token_hash) == token_hash)
    )
    row = (await tx.execute(query)).first()
    return None if row is None else (User.model_validate(row._mapping), row.family, row.used_at)


def _entry(action: str, user_id: int | None, role: str, family: UUID, address: str | None, now: datetime) -> AuditEntry:
    return AuditEntry(
        occurred_at=now,
        actor_id=user_id,
        actor_role=role,
        action=action,
        object_type="token_family",
        object_id=str(family),
        address=address,
    )
