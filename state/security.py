"""How one signs in: whether there is a second factor, and what went wrong at the last change. No secret is here."""

import reflex as rx

from core.errors import DomainError, NotSignedIn
from services import second_factor
from services.permissions import Access, admit
from state.guard import handler, signed_in
from state.session import said


class Security(rx.State):
    """The second factor of whoever is signed in."""

    is_on: bool = False
    is_required: bool = False
    codes_left: int = 0
    error: str = ""
    is_refused: bool = False
    is_signed_out: bool = False

    @handler(Access.PUBLIC)
    async def load(self):
        """See how it stands; the reason of a refusal is in the address that the form came back to."""
        self.is_on = self.is_required = self.is_refused = self.is_signed_out = False
        self.codes_left = 0
        self.error = said(self)
        try:
            by = await signed_in(self)
            admit(by, Access.STAFF)
            found = await second_factor.standing(by.user_id)
            self.is_on, self.is_required, self.codes_left = found.is_on, found.is_required, found.codes_left
        except NotSignedIn:
            self.is_signed_out = True
        except DomainError:
            self.is_refused = True
