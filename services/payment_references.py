"""What a card's slip or a UPI app says of a payment, by which it is found again: never a card's own number."""

import re

from core.errors import DomainError, Invalid
from core.words import N_
from models.desk_payment import Method

UPI = re.compile(r"\d{12}", re.ASCII)
"""The reference number that every UPI app shows (UTR, NPCI: 12 digits)."""

CARD = re.compile(r"(?=\w*\d)[A-Z0-9]{4,12}", re.ASCII)
"""An approval code or a retrieval reference number (ISO 8583, fields 38 and 37). A card's number is longer."""


class WrongReference(DomainError):
    """Not what a slip or an app shows."""

    code = "wrong_reference"
    message = N_(
        "A UPI reference has 12 digits, a card's approval code 4 to 12 digits and letters. Never a card number."
    )


def reference_of(method: Method, typed: str) -> str:
    """The reference without its blanks and dashes; of cash there is none. Raises Invalid, WrongReference."""
    if not isinstance(typed, str):
        raise Invalid(field="reference")
    plain = re.sub(r"[\s-]", "", typed[:40]).upper()
    if method == Method.CASH:
        return ""
    if len(typed) > 40 or not (UPI if method == Method.UPI else CARD).fullmatch(plain):
        raise WrongReference
    return plain
