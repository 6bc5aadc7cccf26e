"""What an event brings, as what it is meant to be: anybody may send anything."""

from datetime import datetime
from typing import Any
from uuid import UUID

from core.errors import Invalid


def number_of(text: Any) -> UUID:
    """The number of an appointment. Raises Invalid."""
    try:
        return UUID(text)
    except (AttributeError, TypeError, ValueError) as error:
        raise Invalid(field="id") from error


def instant_of(text: Any) -> datetime:
    """An aware moment, in ISO 8601. Raises Invalid."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise Invalid(field="starts_at") from error
    if found.tzinfo is None:
        raise Invalid(field="starts_at")
    return found


def count_of(text: Any) -> int:
    """A whole number that a form or an address brings. Raises Invalid."""
    try:
        return int(text)
    except (TypeError, ValueError) as error:
        raise Invalid(field="number") from error


def version_of(value: Any) -> int:
    """As an event brings it, or a form. Raises Invalid."""
    return value if type(value) is int else count_of(value)
