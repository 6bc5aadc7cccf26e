"""Signing in and out: plain form posts, so that the cookie is one that no script can read."""

from datetime import timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import address, door
from core import clock
from core.errors import DomainError
from core.settings import settings
from core.web_session import cookie_name, device_cookie_name, session_id
from core.words import LANGUAGES
from models.user import Role
from services import accounts
from services.permissions import Access
from services.sessions import limits

LONGEST_FORM = 8 * 1024

KNOWN_FOR = timedelta(days=365)
"""How long a browser is known to have signed in; it only says whose tries are counted apart."""

HOME = {Role.PATIENT: "/", Role.DOCTOR: "/day", Role.RECEPTIONIST: "/day", Role.ADMIN: "/day"}
"""Where each role starts."""


async def sign_in(request: Request) -> Response:
    """Open a session and go on to `next`; a refusal goes back to the form, which says why."""
    form = await request.form(max_files=0, max_fields=10, max_part_size=LONGEST_FORM)
    language = str(form.get("language", ""))
    prefix = f"/{language}" if language in LANGUAGES[1:] else ""
    onward = safe_path(str(form.get("next", "")))
    try:
        opened = await accounts.sign_in(
            str(form.get("email", "")),
            str(form.get("password", "")),
            address=address(request),
            user_agent=request.headers.get("user-agent"),
            devices=request.cookies.get(device_cookie_name(), ""),
            now=clock.now(),
        )
        await _end_present_session(request)
    except DomainError as refusal:
        wait = {"wait": str(refusal.data["retry_after"])} if "retry_after" in refusal.data else {}
        query = urlencode({"error": refusal.code} | wait | ({"next": onward} if onward else {}))
        return RedirectResponse(f"{prefix}/sign-in?{query}", status_code=303)
    response = RedirectResponse(onward or prefix + HOME[opened.role], status_code=303)
    response.set_cookie(
        cookie_name(),
        opened.session_id,
        max_age=int(limits(opened.role).longest.total_seconds()),
        path="/",
        secure=settings().is_tls,
        httponly=True,
        samesite="lax",
    )
    response.set_cookie(
        device_cookie_name(),
        opened.devices,
        max_age=int(KNOWN_FOR.total_seconds()),
        path="/",
        secure=settings().is_tls,
        httponly=True,
        samesite="strict",
    )
    return response


async def sign_out(request: Request) -> Response:
    """Revoke the session and forget the cookie."""
    try:
        await _end_present_session(request)
    except DomainError as refusal:
        return Response(refusal.message, status_code=503)
    response = RedirectResponse("/", status_code=303)
    response.delete_cookie(cookie_name(), path="/", secure=settings().is_tls, httponly=True, samesite="lax")
    return response


def safe_path(path: str) -> str | None:
    """`path` if it leads to a page of ours and nowhere else."""
    # Browsers read a backslash as a slash, and leave out control characters before they read.
    is_safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_safe else None


async def _end_present_session(request: Request) -> None:
    if (identity := session_id(request.headers.get("cookie", ""))) is not None:
        await accounts.sign_out(identity, address=address(request), now=clock.now())


routes = [
    door("/auth/sign-in", sign_in, Access.PUBLIC),
    door("/auth/sign-out", sign_out, Access.PUBLIC),
]
