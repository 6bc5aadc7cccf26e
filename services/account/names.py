"""What a person is called: one printable line, in any script."""

from core.errors import DomainError
from core.words import N_

LONGEST = 120
"""Characters."""


class InvalidName(DomainError):
    """Empty, too long, or not one line of text."""

    code = "invalid_name"
    message = N_("Please write a name, in one line and not longer than 120 characters.")


def require_name(typed: str) -> str:
    """The name, without blanks around it and double ones inside. Raises InvalidName."""
    # Joiners of Indian scripts are not "printable", but they are part of how names are written.
    plain = typed.replace("\u200c", "").replace("\u200d", "").strip()
    name = " ".join(typed.split())
    if not plain.isprintable() or not any(map(str.isalnum, plain)) or len(name) > LONGEST:
        raise InvalidName
    return name
