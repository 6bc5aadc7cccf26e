"""The sign-in page: the form itself is a plain post, so that no script ever holds the password or the session."""

import reflex as rx

from core.errors import DomainError
from core.words import N_, words
from services.permissions import Access
from state.guard import handler
from state.session import language, refusals

AGAIN_IN = N_("You can try again in {minutes} min.")


class SignIn(rx.State):
    """What went wrong at the last try, and where to go on to."""

    error: str = ""
    onward: str = ""

    @handler(Access.PUBLIC)
    def load(self):
        """Read both from the address that the form came back to."""
        asked = self.router.url.query_parameters
        code = asked.get("error", "")
        refusal = refusals().get(code, DomainError)
        self.error = words(language(self)).gettext(refusal.message) if code else ""
        if (wait := asked.get("wait", "")).isdecimal() and len(wait) < 6:
            again = words(language(self)).gettext(AGAIN_IN)
            self.error += " " + again.format(minutes=max(1, -(-int(wait) // 60)))
        self.onward = asked.get("next", "")
