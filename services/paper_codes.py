"""Codes that people read from paper and type: letters of base32, in groups with dashes."""

import secrets

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
"""Five bits each."""


def new(length: int) -> str:
    """So many letters by chance."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def grouped(code: str, size: int) -> str:
    """As it is written down."""
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def plain(typed: str) -> str:
    """A code without the blanks and dashes that people read it by."""
    return "".join(typed.split()).replace("-", "").upper()
