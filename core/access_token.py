"""Access tokens of programs: a JWT of fifteen minutes, HS256 and nothing else, whose key has an id.

It names the account and the family of refresh tokens that it comes from; whether they stand is asked at each use.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, OctKey
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from core.errors import DomainError
from core.settings import pairs, settings
from core.words import N_

GOOD_FOR = timedelta(minutes=15)

ALGORITHM = "HS256"

KIND = "at+jwt"
"""The type of RFC 9068: no other token of ours, whatever it is for, is taken for an access token."""

AUDIENCE = "aarogya-api"

LONGEST = 2048
"""Characters; ours have some 400."""


class TokenRefused(DomainError):
    """The access or refresh token is not ours, is too old, or was revoked: the answer does not tell which."""

    code = "token_refused"
    message = N_("This token is not valid or has ended. Please sign in again.")


@dataclass(frozen=True)
class Claims:
    """Who a token speaks for, and the family that it stands and falls with."""

    user_id: int
    family: UUID


def sign(claims: Claims, *, now: datetime) -> str:
    """A token under the current key."""
    identity = next(iter(_keys()))
    issued = int(now.timestamp())
    return jwt.encode(
        {"alg": ALGORITHM, "kid": identity, "typ": KIND},
        {
            "iss": settings().origin,
            "aud": AUDIENCE,
            "sub": str(claims.user_id),
            "sid": claims.family.hex,
            "iat": issued,
            "exp": issued + int(GOOD_FOR.total_seconds()),
            "jti": secrets.token_urlsafe(12),
        },
        _keys()[identity],
        algorithms=[ALGORITHM],
    )


def read(token: str, *, now: datetime) -> Claims:
    """What a token of ours says. Raises TokenRefused."""
    if len(token) > LONGEST:
        raise TokenRefused
    try:
        decoded = jwt.decode(token, _key, registry=JWSRegistry(algorithms=[ALGORITHM]))
        if str(decoded.header.get("typ", "")).lower() != KIND:
            raise TokenRefused
        _claims(now).validate(decoded.claims)
        # One form of each, so that what is signed is what is read.
        sub, sid = decoded.claims["sub"], decoded.claims["sid"]
        found = Claims(int(sub), UUID(hex=sid))
        if (str(found.user_id), found.family.hex) != (sub, sid):
            raise TokenRefused
        return found
    except (JoseError, ValueError, TypeError, AttributeError, KeyError, RecursionError, OverflowError) as error:
        raise TokenRefused from error


def forget() -> None:
    """Read the keys anew."""
    _keys.cache_clear()


def _key(token: GuestProtocol) -> OctKey:
    # The id only chooses among our own: it is no path and no address, and unknown ones are refused.
    return _keys()[token.headers()["kid"]]


@lru_cache
def _keys() -> dict[str, OctKey]:
    """The keys of `AAROGYA_TOKEN_KEYS` by id; the first signs, all verify."""
    return {identity: OctKey.import_key(secret.strip()) for identity, secret in pairs(settings().token_keys)}


def _claims(now: datetime) -> JWTClaimsRegistry:
    return JWTClaimsRegistry(
        now=int(now.timestamp()),
        iss={"essential": True, "value": settings().origin},
        aud={"essential": True, "value": AUDIENCE},
        sub={"essential": True},
        sid={"essential": True},
        iat={"essential": True},
        exp={"essential": True},
        jti={"essential": True},
    )
