"""What comes from outside, before anything is asked of the database: whatever is rubbish is Invalid, by its field."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from core.errors import Invalid

LARGEST_ID = 2**31 - 1
"""The identities of people and places are 32 bits wide."""

FIRST, LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)
"""Moments that are a date on every wall clock, with room for the weeks around it."""

Kind = TypeVar("Kind", bound=StrEnum)


def identity(value: Any, field: str) -> int:
    """An identity as the database gives them. Raises Invalid."""
    if type(value) is not int or not 0 <= value <= LARGEST_ID:
        raise Invalid(field=field)
    return value


def number(value: Any, field: str) -> UUID:
    """The number of an appointment. Raises Invalid."""
    if not isinstance(value, UUID):
        raise Invalid(field=field)
    return value


def moment(value: Any, field: str) -> datetime:
    """An aware moment, in UTC. Raises Invalid."""
    if not isinstance(value, datetime) or value.utcoffset() is None or not FIRST < value < LAST:
        raise Invalid(field=field)
    return value.astimezone(UTC)


def one_of(kind: type[Kind], value: Any, field: str) -> Kind:
    """A value of an enumeration, or its text. Raises Invalid."""
    try:
        return kind(value)
    except ValueError as error:
        raise Invalid(field=field) from error


def plain(text: str) -> str:
    """`text` without what PostgreSQL does not take as text: a NUL, half a surrogate pair."""
    return text.encode(errors="ignore").decode().replace("\x00", " ")
