"""What was typed to find somebody: a name, a telephone or its end, a token of today, the code of a confirmation."""

import unicodedata
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.errors import Invalid, NotFound
from services import addresses, inputs, visit_links
from services.addresses import TAIL, Address, NotAPhone

LONGEST = 200
"""Characters that are looked at: a link, with its address before it."""

WORDS = 5
"""So many of a name; more make nobody clearer."""

AROUND_DIGITS = str.maketrans("", "", " -()+.")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The beginnings of words of a name, with or without the last four digits; or one of the others alone."""

    words: tuple[str, ...] = ()
    tail: str | None = None
    phone: Address | None = None
    token: int | None = None
    appointment_id: UUID | None = None


def wanted(typed: Any) -> Wanted | None:
    """What is meant by it; None as long as it is too little. Raises Invalid for what nobody types.

    Up to three digits are a token of today, four the end of a telephone, more its whole number. Of a name two letters
    are enough, or one that is a syllable.
    """
    if not isinstance(typed, str):
        raise Invalid(field="text")
    text = _plain_digits(inputs.plain(typed[:LONGEST]).strip())
    if (appointment_id := _scanned(text)) is not None:
        return Wanted(appointment_id=appointment_id)
    digits = text.translate(AROUND_DIGITS)
    if digits.isdecimal():
        return _number(text, digits)
    parts = text.split()
    words = tuple(part for part in parts if not part.isdecimal() and any(map(str.isalnum, part)))[:WORDS]
    tail = next((part for part in parts if part.isdecimal() and len(part) == TAIL), None)
    if not any(len(word) > 1 or not word.isascii() for word in words):
        return None
    return Wanted(words=words, tail=tail)


def _scanned(text: str) -> UUID | None:
    """The appointment of a confirmation, whose picture a reader types: a link, or its code alone."""
    code = text.partition("?")[0].rstrip("/").rpartition("/")[2]
    try:
        return visit_links.opened(code) if len(code) == visit_links.LENGTH else None
    except NotFound:
        return None


def _number(text: str, digits: str) -> Wanted | None:
    if len(digits) < TAIL:
        return Wanted(token=int(digits))
    if len(digits) == TAIL:
        return Wanted(tail=digits)
    try:
        return Wanted(phone=addresses.phone(text))
    except NotAPhone:
        # One that is still being typed.
        return None


def _plain_digits(text: str) -> str:
    """Digits of any script as ours."""
    return "".join(str(unicodedata.digit(each)) if each.isdecimal() else each for each in text)
