"""How many requests one may send to the API: of each account, key or address its own number, told on every answer.

The fields are those of draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy: "patient";q=1000;w=900` and
`RateLimit: "patient";r=999;t=900`, whatever remains and the seconds until it is whole again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from core.errors import DomainError
from core.limits import Limit, Standing, TooMany, count
from models.user import Role
from services.permissions import Actor

QUARTER = timedelta(minutes=15)
ANONYMOUS = Limit("anonymous", 1_000, QUARTER)
PATIENT = Limit("patient", 1_000, QUARTER)
STAFF = Limit("staff", 10_000, QUARTER)

WATCHED = ("/api/", "/fhir/")


@dataclass(frozen=True)
class Caller:
    """Who is counted, and by which limit."""

    limit: Limit
    whom: str


Find = Callable[[Request], Awaitable[Caller | None]]
"""Finds who calls by what a request proves; None where it proves nothing. May raise a DomainError: then it does not."""


def account(actor: Actor) -> Caller:
    """A person, by his account."""
    return Caller(PATIENT if actor.role == Role.PATIENT else STAFF, f"account:{actor.user_id}")


def key(key_id: int, hourly_limit: int) -> Caller:
    """A program, by its key."""
    return Caller(Limit("key", hourly_limit, timedelta(hours=1)), f"key:{key_id}")


class Limited:
    """ASGI: counts what is sent to the API, and answers 429 where it is too much."""

    def __init__(self, app: ASGIApp, find: Find) -> None:
        """Wrap `app`; whom `find` does not know is counted by his address."""
        self.app, self.find = app, find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count and pass on, or refuse."""
        if scope["type"] != "http" or not scope["path"].startswith(WATCHED):
            await self.app(scope, receive, send)
            return
        caller = await self._caller(Request(scope))
        standing = await count(caller.limit, caller.whom)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": list(message.get("headers", []))}
                MutableHeaders(scope=message).update(fields(standing))
            await send(message)

        if standing.is_over:
            refusal = problem(Request(scope), TooMany(retry_after=standing.reset))
            await refusal(scope, receive, told)
        else:
            await self.app(scope, receive, told)

    async def _caller(self, request: Request) -> Caller:
        try:
            found = await self.find(request)
        except DomainError:
            found = None
        return found or Caller(ANONYMOUS, request.client.host if request.client else "unknown")


def fields(standing: Standing) -> dict[str, str]:
    """What an answer says of the limit."""
    limit = standing.limit
    return {
        "RateLimit-Policy": f'"{limit.name}";q={limit.amount};w={limit.seconds}',
        "RateLimit": f'"{limit.name}";r={max(0, standing.remaining)};t={standing.reset}',
    }
