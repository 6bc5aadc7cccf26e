"""The one way to make a route for forms: it knows who knocks, and lets in only those whom its access admits."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.shell.origins import is_ours
from core import clock
from core.errors import DomainError
from core.web_session import hash_id, session_id
from core.words import LANGUAGES
from services import sessions
from services.permissions import Access, Actor, admit

PREFIXES = ("", *(f"/{language}" for language in LANGUAGES[1:]))
"""What the paths of pages begin with, by language."""

Endpoint = Callable[[Request], Awaitable[Response]]


class Door(Route):
    """A route with the access that it asks for."""

    access: Access


def door(path: str, endpoint: Endpoint, access: Access, methods: tuple[str, ...] = ("POST",)) -> Door:
    """A route that refuses forms from other sites, and whoever is not admitted; `endpoint` finds `actor(request)`."""

    async def guarded(request: Request) -> Response:
        if request.method not in {"GET", "HEAD"} and not is_our_own(request):
            return Response("This form was not sent from our own pages.", status_code=403)
        try:
            request.state.actor = await who(request)
            admit(request.state.actor, access)
        except DomainError as refusal:
            if access is Access.PUBLIC:
                # Nobody is asked for there; the endpoint itself says what does not answer.
                request.state.actor = None
            elif refusal.code == "not_signed_in":
                return RedirectResponse("/sign-in", status_code=303)
            else:
                return Response(refusal.message, status_code=503 if refusal.code == "unavailable" else 403)
        try:
            return await endpoint(request)
        except DomainError as refusal:
            return Response(refusal.message, status_code=503 if refusal.code == "unavailable" else 403)

    made = Door(path, guarded, methods=list(methods))
    made.access = access
    return made


def actor(request: Request) -> Actor | None:
    """Who knocks, by the cookie."""
    found: Actor | None = request.state.actor
    return found


def known(request: Request) -> Actor:
    """The same, behind a door that lets in nobody unknown."""
    found = actor(request)
    assert found is not None
    return found


def address(request: Request) -> str | None:
    """Where the request comes from."""
    return request.client.host if request.client else None


def is_our_own(request: Request) -> bool:
    """Whether the post comes from our own pages, as browsers say in `Origin` or else in `Sec-Fetch-Site`."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") == "same-origin"
    return is_ours(origin, request.headers.get("host", ""))


async def who(request: Request) -> Actor | None:
    """Whose session the cookie names; None where it names none."""
    if (identity := session_id(request.headers.get("cookie", ""))) is None:
        return None
    return await sessions.actor(hash_id(identity), address=address(request), now=clock.now())
