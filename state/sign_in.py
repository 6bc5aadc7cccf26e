"""The sign-in page: the form itself is a plain post, so that no script ever holds the password or the session."""

from urllib.parse import urlencode

import reflex as rx

from core.errors import DomainError
from core.words import words
from services.permissions import Access
from state.guard import handler
from state.session import language, refusals


class SignIn(rx.State):
    """What went wrong at the last try, and where to go on to."""

    error: str = ""
    onward: str = ""
    query: str = ""

    @handler(Access.PUBLIC)
    def load(self):
        """Read both from the address that the form came back to."""
        asked = self.router.url.query_parameters
        code = asked.get("error", "")
        refusal = refusals().get(code, DomainError)
        self.error = words(language(self)).gettext(refusal.message) if code else ""
        self.onward = asked.get("next", "")
        self.query = "?" + urlencode({"next": self.onward}) if self.onward else ""
