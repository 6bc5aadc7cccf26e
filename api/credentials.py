"""Who sends a request: by a token, a key, or the cookie of a browser; exactly one of them, or nobody."""

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import Request

from api import limited
from api.door import address, is_our_own
from api.limited import Caller
from api.problems import ForeignOrigin, TooManyCredentials
from core import clock
from core.access_token import TokenRefused
from core.errors import NotSignedIn
from core.signature import SignatureRefused
from core.web_session import hash_id, session_id
from services import api_keys, sessions, signed_requests, tokens
from services.permissions import Actor

READING = {"GET", "HEAD"}


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
    came, now, here = given(request.headers), clock.now(), address(request)
    is_change = request.method not in READING
    if came.token is not None:
        return await tokens.actor(came.token, address=here, now=now)
    if came.key is not None:
        caller = await api_keys.caller(came.key, address=here, now=now)
        signatures = request.headers.getlist("x-signature")
        if is_change and (caller.must_sign or signatures):
            if len(signatures) > 1:
                raise SignatureRefused
            assert caller.actor.api_key_id is not None
            signature = signatures[0] if signatures else None
            await signed_requests.check(signature, body, key_id=caller.actor.api_key_id, now=now)
        return caller.actor
    if came.session is not None:
        # A page of someone else's may neither change nor read; a browser names it when it reads for another.
        if (is_change or "origin" in request.headers) and not is_our_own(request):
            raise ForeignOrigin
        return await sessions.actor(hash_id(came.session), address=here, now=now)
    return None


async def counted(request: Request) -> Caller | None:
    """Whose limit a request counts against; None, which is its address's, where nothing was given. Raises what refuses.

    A signature is not looked at here: whoever has the key uses up the key's own limit.
    """
    came, now, here = given(request.headers), clock.now(), address(request)
    if came.key is not None:
        caller = (await api_keys.caller(came.key, address=here, now=now)).actor
        assert caller.api_key_id is not None
        assert caller.hourly_limit is not None
        return limited.key(caller.api_key_id, caller.hourly_limit)
    if came.token is not None:
        return limited.account(await tokens.actor(came.token, address=here, now=now))
    if came.session is not None and (found := await sessions.actor(hash_id(came.session), address=here, now=now)):
        return limited.account(found)
    return None


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise TokenRefused
    return token
