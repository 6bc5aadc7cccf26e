"""Joining the staff with the code of an invitation: a plain form, so that no script holds the password."""

from starlette.requests import Request
from starlette.responses import Response

from api import auth, forms
from api.door import address, door
from core import clock
from core.errors import DomainError
from services import invitations
from services.permissions import Access


async def join(request: Request) -> Response:
    """Make the account and sign in; a refusal goes back to the form, which says why."""
    # Starlette keeps what it has read: signing in reads the same form.
    form = await forms.read(request)
    try:
        await invitations.accept(
            form["email"], form["code"], form["password"], address=address(request), now=clock.now()
        )
    except DomainError as refusal:
        return forms.go(form.page("/join"), refused=refusal)
    return await auth.sign_in(request)


routes = [door("/auth/join", join, Access.PUBLIC)]
