"""Keys of programs that act for a clinic: made and ended by who runs the house, shown once, known by their hash."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlmodel import col

from core import db
from core.audit import AuditEntry
from core.cache import cached, recall
from core.crypto import seal, unseal
from core.errors import DomainError, Invalid, NotFound
from core.tables import table
from core.words import N_
from models import ApiKey, Clinic, User
from models.api_key import Scope
from models.user import Role
from services import actors, trail
from services.permissions import Actor

FORM = re.compile(r"aar_live_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
"""The public prefix, by which a key is named, and 256 random bits."""

LONGEST = timedelta(days=3650)
"""A key that ends at all ends within ten years."""

USED_EVERY = timedelta(minutes=1)
"""How exactly the last use is noted."""


class KeyRefused(DomainError):
    """No such key, or it has ended: the answer does not tell which."""

    code = "key_refused"
    message = N_("This key is not valid or has ended.")


@dataclass(frozen=True)
class NewKey:
    """What is shown once and kept by nobody: the key, and the secret of its signatures where it has to sign."""

    key: str
    prefix: str
    signing_secret: str | None


@dataclass(frozen=True)
class Caller:
    """Who comes with a key, and whether what it changes has to be signed."""

    actor: Actor
    must_sign: bool


async def create(
    name: str,
    scopes: Sequence[Scope],
    *,
    clinic_id: int | None,
    good_for: timedelta | None,
    hourly_limit: int,
    must_sign: bool,
    now: datetime,
) -> NewKey:
    """A key with an account of its own, of one clinic or of all. Raises Invalid, NotFound."""
    if not name.strip() or not name.isprintable() or len(name) > 100:
        raise Invalid(field="name")
    if not scopes:
        raise Invalid(field="scope")
    if not 0 < hourly_limit < 2**31:
        raise Invalid(field="limit")
    if good_for is not None and not timedelta(0) < good_for <= LONGEST:
        raise Invalid(field="expires_days")
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    made = NewKey(f"aar_live_{prefix}_{secret}", prefix, secrets.token_urlsafe(32) if must_sign else None)
    async with db.transaction() as tx:
        if (
            clinic_id is not None
            and (await tx.execute(select(col(Clinic.id)).where(col(Clinic.id) == clinic_id))).first() is None
        ):
            raise NotFound
        account = insert(User).values(name=name.strip(), role=Role.INTEGRATOR, clinic_id=clinic_id, created_at=now)
        user_id = (await tx.execute(account.returning(col(User.id)))).scalar_one()
        key = insert(ApiKey).values(
            user_id=user_id,
            name=name.strip(),
            prefix=prefix,
            key_hash=_hashed(made.key),
            scopes=sorted(set(scopes)),
            hourly_limit=hourly_limit,
            created_at=now,
            expires_at=None if good_for is None else now + good_for,
        )
        key_id = (await tx.execute(key.returning(col(ApiKey.id)))).scalar_one()
        if made.signing_secret is not None:
            sealed = seal(made.signing_secret, about=_about(key_id))
            await tx.execute(update(ApiKey).where(col(ApiKey.id) == key_id).values(signing_sealed=sealed))
        tx.record(_entry("create_api_key", key_id, now, scopes=sorted(set(scopes)), clinic_id=clinic_id))
    return made


async def known() -> list[ApiKey]:
    """All keys, the newest first."""
    async with db.snapshot() as connection:
        rows = await connection.execute(select(table(ApiKey)).order_by(col(ApiKey.id).desc()))
        return [ApiKey.model_validate(row._mapping) for row in rows]


async def revoke(prefix: str, *, now: datetime) -> None:
    """End a key, everywhere within a second. Raises NotFound where there is none to end."""
    async with db.transaction() as tx:
        await recall([_key(prefix)])
        mine = (col(ApiKey.prefix) == prefix, col(ApiKey.revoked_at).is_(None))
        ended = await tx.execute(update(ApiKey).where(*mine).values(revoked_at=now).returning(col(ApiKey.id)))
        if (key_id := ended.scalar_one_or_none()) is None:
            raise NotFound
        tx.record(_entry("revoke_api_key", key_id, now))


async def caller(key: str, *, address: str | None, now: datetime) -> Caller:
    """Who comes with this key. Raises KeyRefused."""
    prefix = parse(key)
    found = await cached(_key(prefix), lambda: _read(prefix))
    if found is None or not hmac.compare_digest(bytes.fromhex(found["hash"]), _hashed(key)):
        raise KeyRefused
    if found["until"] is not None and datetime.fromisoformat(found["until"]) <= now:
        raise KeyRefused
    actor = await actors.of(
        found["user_id"],
        address=address,
        scopes=frozenset(found["scopes"]),
        api_key_id=found["id"],
        hourly_limit=found["hourly_limit"],
    )
    if actor is None:
        raise KeyRefused
    await cached(f"{_key(prefix)}:used", lambda: _use(found["id"], now))
    return Caller(actor, found["must_sign"])


def parse(key: str) -> str:
    """The public prefix of a key that has the form of one. Raises KeyRefused."""
    if (written := FORM.fullmatch(key)) is None:
        raise KeyRefused
    return written[1]


async def signing_secret(key_id: int) -> str | None:
    """The secret of a key's signatures."""
    async with db.snapshot() as connection:
        query = select(col(ApiKey.signing_sealed)).where(col(ApiKey.id) == key_id)
        sealed = (await connection.execute(query)).scalar_one_or_none()
    return None if sealed is None else unseal(sealed, about=_about(key_id))


async def _read(prefix: str) -> dict[str, Any] | None:
    """What is kept of a key that has not been revoked."""
    query = select(table(ApiKey)).where(col(ApiKey.prefix) == prefix, col(ApiKey.revoked_at).is_(None))
    async with db.snapshot() as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        return None
    return {
        "id": row.id,
        "hash": row.key_hash.hex(),
        "user_id": row.user_id,
        "scopes": row.scopes,
        "hourly_limit": row.hourly_limit,
        "must_sign": row.signing_sealed is not None,
        "until": None if row.expires_at is None else row.expires_at.isoformat(),
    }


async def _use(key_id: int, now: datetime) -> bool:
    """Note that the key is used; again only after a while, also where there is no Redis to remember it."""
    unnoted = or_(col(ApiKey.last_used_at).is_(None), col(ApiKey.last_used_at) <= now - USED_EVERY)
    async with db.transaction() as tx:
        await tx.execute(update(ApiKey).where(col(ApiKey.id) == key_id, unnoted).values(last_used_at=now))
    return True


def _hashed(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _about(key_id: int) -> str:
    return f"api_keys.signing:{key_id}"


def _key(prefix: str) -> str:
    return f"aarogya:api-key:{prefix}"


def _entry(action: str, key_id: int, now: datetime, **details: Any) -> AuditEntry:
    return trail.entry(None, action, ("api_key", str(key_id)), now=now, details=details)
