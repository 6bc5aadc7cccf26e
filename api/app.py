"""The routes beside the pages, on the same port."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request

from api import auth, health
from api.door import who
from api.limited import Caller, Limited, account


def app() -> Starlette:
    """The Starlette app that Reflex mounts its pages and its socket under."""
    return Starlette(routes=[*health.routes, *auth.routes], middleware=[Middleware(Limited, find=_caller)])


async def _caller(request: Request) -> Caller | None:
    """Who is counted: the account of the session."""
    found = await who(request)
    return account(found) if found else None
