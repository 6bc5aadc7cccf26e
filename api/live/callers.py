"""Who is connected: what he came with, which rooms he is in, and where he is behind."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field, ValidationError

from api.operation import Model
from api.problems import TooManyCredentials, language
from core.access_token import TokenRefused
from core.errors import DomainError, Invalid, NotSignedIn
from core.web_session import HEADER
from services import actors, api_keys, sessions, tokens
from services.permissions import Actor

SESSION = f"HTTP_{HEADER}".upper().replace("-", "_")
"""Where Socket.IO keeps the header of a connection's session."""


class Auth(Model):
    """What a program sends when it connects."""

    model_config = ConfigDict(strict=True)

    token: str | None = Field(default=None, max_length=4096)
    api_key: str | None = Field(default=None, max_length=4096)


@dataclass(eq=False)
class Caller:
    """A connection. What he came with is kept here, in the process, and nowhere else."""

    address: str | None
    language: str
    token: str | None = None
    key: str | None = None
    session: bytes | None = None
    user_id: int | None = None
    """Whose session it is."""
    rooms: set[str] = field(default_factory=set)
    behind: dict[str, set[Any]] = field(default_factory=dict)
    """By room: of what the newest is owed to him, because he did not read fast enough."""
    catching_up: asyncio.Task[None] | None = None

    @property
    def is_nobody(self) -> bool:
        """Whether he came with nothing."""
        return self.token is None and self.key is None and self.session is None

    async def actor(self, now: datetime) -> Actor | None:
        """Who he is when he asks for something; a session counts as used by it. Raises what refuses him."""
        if self.session is None:
            return await self._as_he_came(now)
        if (found := await sessions.actor(self.session, address=self.address, now=now)) is None:
            raise NotSignedIn
        self.user_id = found.user_id
        return found

    async def present(self, now: datetime) -> Actor | None:
        """Who he is while he only listens; `over` has been asked of his session. Raises what refuses him."""
        if self.session is None:
            return await self._as_he_came(now)
        assert self.user_id is not None
        if (found := await actors.of(self.user_id, address=self.address, session_hash=self.session)) is None:
            raise NotSignedIn
        return found

    async def _as_he_came(self, now: datetime) -> Actor | None:
        if self.token is not None:
            return await tokens.actor(self.token, address=self.address, now=now)
        if self.key is not None:
            return (await api_keys.caller(self.key, address=self.address, now=now)).actor
        return None


def came(environ: Mapping[str, Any], auth: Any) -> Caller:
    """Who connects. Raises Invalid, TooManyCredentials."""
    client = environ.get("asgi.scope", {}).get("client")
    caller = Caller(
        address=client[0] if client else None, language=language(str(environ.get("HTTP_ACCEPT_LANGUAGE", "")))
    )
    try:
        given = Auth.model_validate({} if auth is None else auth)
    except ValidationError as error:
        raise Invalid(field="auth") from error
    session = environ.get(SESSION)
    if sum(each is not None for each in (given.token, given.api_key, session)) > 1:
        raise TooManyCredentials
    caller.token, caller.key = given.token, given.api_key
    caller.session = bytes.fromhex(session) if session else None
    return caller


async def present(callers: Iterable[Caller], now: datetime) -> dict[Caller, Actor | DomainError | None]:
    """Who each of them is at this moment, or what ends it. Raises Unavailable: then nobody knows."""
    callers = list(callers)
    hashes = {caller.session for caller in callers if caller.session is not None}
    over = await sessions.over(hashes, now=now) if hashes else set()
    found: dict[Caller, Actor | DomainError | None] = {}
    for caller in callers:
        try:
            found[caller] = NotSignedIn() if caller.session in over else await caller.present(now)
        except (NotSignedIn, TokenRefused, api_keys.KeyRefused) as ended:
            found[caller] = ended
    return found
