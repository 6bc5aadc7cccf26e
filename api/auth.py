"""Signing in and out: plain form posts, so that the cookie is one that no script can read."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import cookies, forms
from api.door import address, door
from api.forms import Form, go, keep_typed, safe_path
from core import clock
from core.errors import DomainError
from core.web_session import cookie_name, device_cookie_name, form_cookie_name, hash_id, session_id
from models.user import Role
from services import accounts, sessions, tries
from services.accounts import SignedIn
from services.permissions import Access
from services.sessions import PENDING, limits

KNOWN_FOR = timedelta(days=365)
"""How long a browser is known to have signed in; it only says whose tries are counted apart."""

HOME = {Role.PATIENT: "/", Role.DOCTOR: "/day", Role.RECEPTIONIST: "/desk", Role.ADMIN: "/day"}
"""Where each role starts."""


async def sign_in(request: Request) -> Response:
    """Open a session and go on to `next`; a refusal goes back to the form, which says why."""
    form = await forms.read(request)
    try:
        devices = request.cookies.get(device_cookie_name(), "")
        opened = await accounts.sign_in(
            form["email"], form["password"], devices=devices, **visitor(request), now=clock.now()
        )
        return await enter(request, form, opened)
    except DomainError as refusal:
        return keep_typed(go(form.page("/sign-in"), refused=refusal, onward=form.onward), form, "email")


async def sign_out(request: Request) -> Response:
    """Revoke the session and forget the cookie."""
    try:
        await _end_present_session(request)
    except DomainError as refusal:
        return Response(refusal.message, status_code=503)
    return leave(request, RedirectResponse("/", status_code=303))


async def enter(request: Request, form: Form, opened: SignedIn, onward: str | None = None) -> Response:
    """Hand a session that was just opened to the browser, in the place of any that it had; every way in ends here."""
    await _end_present_session(request)
    if opened.is_pending:
        response = go(form.page("/second-factor"), onward=form.onward)
    else:
        response = go(form.onward or onward or form.page(HOME[opened.role]))
    with_session(response, opened.session_id, PENDING if opened.is_pending else limits(opened.role).longest)
    if opened.email:
        # However he came in, from here his password is tried apart from what strangers try.
        devices = tries.known_device(opened.email, request.cookies.get(device_cookie_name(), ""))
        cookies.put(response, device_cookie_name(), devices, KNOWN_FOR, same_site="strict")
    return _without_form(request, response)


def leave(request: Request, response: Response) -> Response:
    """Take the cookie of the session back, and what was typed with it."""
    cookies.take(response, cookie_name())
    return _without_form(request, response)


async def over(request: Request) -> Response:
    """Forget the cookie of a session that has ended, and go back to the page; an open one is left alone."""
    response = RedirectResponse(safe_path(request.query_params.get("next", "")) or "/", status_code=303)
    identity = session_id(request.headers.get("cookie", ""))
    is_over = identity is not None and await sessions.over([hash_id(identity)], now=clock.now())
    return leave(request, response) if is_over else response


def visitor(request: Request) -> dict[str, str | None]:
    """Where a new session is opened from."""
    return {"address": address(request), "user_agent": request.headers.get("user-agent")}


def with_session(response: Response, session_id: str, longest: timedelta) -> Response:
    """The same answer with the session's cookie, which no script reads."""
    cookies.put(response, cookie_name(), session_id, longest)
    return response


def _without_form(request: Request, response: Response) -> Response:
    # Where there was no form its cookie need not be taken back.
    return forms.forget(response) if form_cookie_name() in request.cookies else response


async def _end_present_session(request: Request) -> None:
    if (identity := session_id(request.headers.get("cookie", ""))) is not None:
        await accounts.sign_out(identity, address=address(request), now=clock.now())


routes = [
    door("/auth/sign-in", sign_in, Access.PUBLIC),
    door("/auth/sign-out", sign_out, Access.PUBLIC),
    door("/auth/over", over, Access.PUBLIC, ("GET",)),
]
