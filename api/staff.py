"""Joining the staff with the code of an invitation: a plain form, so that no script holds the password."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import auth
from api.door import address, door
from api.forms import LONGEST_FORM
from core import clock
from core.errors import DomainError
from core.words import LANGUAGES
from services import invitations
from services.permissions import Access


async def join(request: Request) -> Response:
    """Make the account and sign in; a refusal goes back to the form, which says why."""
    # Starlette keeps what it has read: signing in reads the same form.
    form = await request.form(max_files=0, max_fields=10, max_part_size=LONGEST_FORM)
    try:
        await invitations.accept(
            str(form.get("email", "")),
            str(form.get("code", "")),
            str(form.get("password", "")),
            address=address(request),
            now=clock.now(),
        )
    except DomainError as refusal:
        language = str(form.get("language", ""))
        prefix = f"/{language}" if language in LANGUAGES[1:] else ""
        return RedirectResponse(f"{prefix}/join?{urlencode({'error': refusal.code})}", status_code=303)
    return await auth.sign_in(request)


routes = [door("/auth/join", join, Access.PUBLIC)]
