"""What the domain refuses, as values: a stable code, a sentence safe to show, and data."""

from typing import Any, ClassVar

from core.words import N_


class DomainError(Exception):
    """Base of every refusal. `code` is stable on the wire; `message` is a catalogue key in English."""

    code: ClassVar[str] = "error"
    message: ClassVar[str] = N_("Something went wrong. Please try again.")

    def __init__(self, **data: Any) -> None:
        """Keep `data` for whoever shows the refusal, for example the alternatives of a taken slot."""
        super().__init__(self.message)
        self.data = data


class NotFound(DomainError):
    """No such thing, or none that this person may know of."""

    code = "not_found"
    message = N_("We could not find that.")


class NotAllowed(DomainError):
    """This person may not do this."""

    code = "not_allowed"
    message = N_("You are not allowed to do that.")


class NotSignedIn(DomainError):
    """The session is missing, ended or revoked."""

    code = "not_signed_in"
    message = N_("Please sign in first.")


class Invalid(DomainError):
    """The input is rubbish; `data['field']` says which."""

    code = "invalid"
    message = N_("That is not something we can use. Please check what you entered.")


class Stale(DomainError):
    """Someone changed it first."""

    code = "stale"
    message = N_("This changed while you were looking. Here is how it stands now.")


class StartFailed(Exception):
    """Why the app cannot start: one sentence with what to do; the command prints it, without a traceback."""
