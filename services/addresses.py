"""Where people are reached: an e-mail address, or a telephone number in E.164; whatever else was typed is refused."""

import re
from dataclasses import dataclass

import phonenumbers

from core.crypto import lookup, seal
from core.errors import DomainError
from core.words import N_
from models.outgoing_message import Channel

LONGEST_EMAIL = 320
"""Characters: 64 before the @ and 255 behind it (RFC 5321, 4.5.3.1)."""

REGION = "IN"
"""Where a number without a country's code is."""

LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{LABEL}(?:\.{LABEL})+", re.ASCII)
"""An address as a browser's e-mail field takes it (HTML, 4.10.5.1.5), with a dot in its domain."""


class NotAnEmail(DomainError):
    """It cannot be an e-mail address."""

    code = "not_an_email"
    message = N_("That is not an e-mail address. It should look like name@example.org.")


class NotAPhone(DomainError):
    """It cannot be a telephone number."""

    code = "not_a_phone"
    message = N_("That is not a telephone number that we can reach.")


TAIL = 4
"""So many last digits are what people say of a number."""

NO_PHONE = dict.fromkeys(("phone_sealed", "phone_hash", "phone_tail"))
"""The columns of a row without a number."""


@dataclass(frozen=True)
class Address:
    """An e-mail address, as it was typed but without blanks around it, or a number in E.164."""

    channel: Channel
    text: str

    @property
    def hash(self) -> bytes:
        """What it is found by; e-mail addresses in any case are one."""
        return lookup("email", self.text.lower()) if self.channel == Channel.EMAIL else lookup("phone", self.text)

    def columns(self, table: str, identity: int) -> dict[str, bytes]:
        """A telephone number as that row keeps it: sealed, and what the whole and its end are found by."""
        sealed = seal(self.text, about=f"{table}.phone:{identity}")
        return {"phone_sealed": sealed, "phone_hash": self.hash, "phone_tail": tail_hash(self.text[-TAIL:])}


def tail_hash(digits: str) -> bytes:
    """What numbers that end with these four digits are found by; of ten thousand, so that only the key hides it."""
    return lookup("phone-tail", digits)


def email(typed: str) -> Address:
    """An e-mail address. Raises NotAnEmail."""
    text = typed.strip()
    if len(text) > LONGEST_EMAIL or not EMAIL.fullmatch(text):
        raise NotAnEmail
    return Address(Channel.EMAIL, text)


def phone(typed: str) -> Address:
    """A telephone number. Raises NotAPhone."""
    try:
        number = phonenumbers.parse(typed[:40], REGION)
    except phonenumbers.NumberParseException as error:
        raise NotAPhone from error
    if len(typed) > 40 or not phonenumbers.is_valid_number(number):
        raise NotAPhone
    return Address(Channel.SMS, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def either(typed: str) -> Address:
    """Whichever of the two it is. Raises NotAnEmail, NotAPhone."""
    return email(typed) if "@" in typed else phone(typed)
