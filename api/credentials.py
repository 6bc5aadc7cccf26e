"""Who sends a request: by a token, a key, or the cookie of a browser; exactly one of them, or nobody."""

import time
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import Headers
from starlette.requests import Request

from api import limited
from api.door import address, is_our_own
from api.problems import ForeignOrigin, TooManyCredentials
from core import clock
from core.access_token import TokenRefused
from core.cache import NEAR
from core.errors import NotSignedIn
from core.signature import SignatureRefused
from core.web_session import hash_id, session_id
from services import api_keys, sessions, signed_requests, tokens
from services.api_keys import Caller
from services.permissions import Actor

READING = {"GET", "HEAD"}

LOOKED_UP = "aarogya.caller"
"""Where a request's scope has who sends it, and since when."""


@dataclass(frozen=True)
class Given:
    """What a request brings along to say who sends it; at most one is there."""

    token: str | None = None
    key: str | None = None
    session: str | None = None


def given(headers: Headers) -> Given:
    """What the headers hold. Raises TooManyCredentials, NotSignedIn for another scheme than Bearer."""
    authorizations, keys = headers.getlist("authorization"), headers.getlist("x-api-key")
    session = session_id("; ".join(headers.getlist("cookie")))
    if len(authorizations) + len(keys) + (session is not None) > 1:
        raise TooManyCredentials
    return Given(_bearer(authorizations[0]) if authorizations else None, keys[0] if keys else None, session)


async def who(request: Request, body: bytes) -> Actor | None:
    """Who sends it; nobody where nothing was given or the browser's session is over. Raises what refuses him."""
    came, is_change = given(request.headers), request.method not in READING
    # A page of someone else's may neither change nor read; a browser names it when it reads for another.
    if came.session is not None and (is_change or "origin" in request.headers) and not is_our_own(request):
        raise ForeignOrigin
    if (caller := await _caller(request, came)) is None:
        return None
    if came.key is not None:
        signatures = request.headers.getlist("x-signature")
        if is_change and (caller.must_sign or signatures):
            if len(signatures) > 1:
                raise SignatureRefused
            assert caller.actor.api_key_id is not None
            signature = signatures[0] if signatures else None
            await signed_requests.check(signature, body, key_id=caller.actor.api_key_id, now=clock.now())
    return caller.actor


async def counted(request: Request) -> limited.Caller | None:
    """Whose limit a request counts against; None, which is its address's, where nothing was given. Raises what refuses.

    A signature is not looked at here: whoever has the key uses up the key's own limit.
    """
    if (caller := await _caller(request, given(request.headers))) is None:
        return None
    actor = caller.actor
    if actor.api_key_id is None:
        return limited.account(actor)
    assert actor.hourly_limit is not None
    return limited.key(actor.api_key_id, actor.hourly_limit)


async def _caller(request: Request, came: Given) -> Caller | None:
    """Whom what came along tells; found once, for the one who counts and for the one who lets in.

    A body may have come in between, slowly: what was found before it is then no longer believed.
    """
    found: tuple[float, Caller | None] | None = request.scope.get(LOOKED_UP)
    if found is None or found[0] + NEAR <= time.monotonic():
        found = time.monotonic(), await _look_up(came, address(request), clock.now())
        request.scope[LOOKED_UP] = found
    return found[1]


async def _look_up(came: Given, here: str | None, now: datetime) -> Caller | None:
    if came.key is not None:
        return await api_keys.caller(came.key, address=here, now=now)
    if came.token is not None:
        actor: Actor | None = await tokens.actor(came.token, address=here, now=now)
    elif came.session is not None:
        actor = await sessions.actor(hash_id(came.session), address=here, now=now)
    else:
        return None
    return None if actor is None else Caller(actor, must_sign=False)


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise TokenRefused
    return token
