"""The sign-in page: the form itself is a plain post, so that no script ever holds the password or the session."""

from urllib.parse import urlencode

import reflex as rx

from services.permissions import Access
from state.guard import handler
from state.session import said


class SignIn(rx.State):
    """What went wrong at the last try, and where to go on to."""

    error: str = ""
    onward: str = ""
    query: str = ""

    @handler(Access.PUBLIC)
    def load(self):
        """Read both from the address that the form came back to."""
        asked = self.router.url.query_parameters
        self.error = said(self)
        self.onward = asked.get("next", "")
        self.query = "?" + urlencode({"next": self.onward}) if self.onward else ""
