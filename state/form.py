"""A form that was sent and came back: what was wrong or done, what was typed, and which code is awaited.

What was wrong or done stands in the address; the rest in a sealed cookie, since it names a person.
"""

import reflex as rx

from core import clock, half_done
from core.web_session import FORM_HEADER
from core.words import N_, words
from services.permissions import Access
from state.guard import handler
from state.session import language, said

DONE = {
    "code_sent": N_("A new code is on its way. The one before is good for nothing any more."),
    "password_changed": N_("Your password is changed. Everywhere else you are signed out."),
    "address_changed": N_("The address is confirmed."),
    "family_changed": N_("Your family is up to date."),
    "signed_out": N_("That device is signed out."),
    "erased": N_("Your account is deleted."),
}


class Form(rx.State):
    """`step` is what the awaited code is good for, `to` where it went."""

    error: str = ""
    done: str = ""
    onward: str = ""
    step: str = ""
    to: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""

    @handler(Access.PUBLIC)
    def load(self):
        """Read it from the address and the cookie of this very browser."""
        asked, gettext = self.router.url.query_parameters, words(language(self)).gettext
        self.error = said(self)
        done = asked.get("done", "")
        self.done = gettext(DONE[done]) if done in DONE and not self.error else ""
        self.onward = asked.get("next", "")
        kept = half_done.read(self.router.headers.raw_headers.get(FORM_HEADER), clock.now())
        for name in ("step", "to", "name", "email", "phone", "address"):
            setattr(self, name, kept.get(name, ""))
