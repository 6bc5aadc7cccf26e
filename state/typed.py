"""What an event brings, as what it is meant to be: anybody may send anything."""

from datetime import datetime
from typing import Any
from uuid import UUID

from core.errors import Invalid
from services.walls import instant


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
    except (TypeError, ValueError, OverflowError) as error:
        raise Invalid(field="number") from error


def identity_of(text: Any) -> int:
    """A doctor's or a clinic's, as a page or an address has it; nought, which is nobody's, for what is none."""
    written = str(text)
    return int(written) if written.isdecimal() and len(written) < 10 else 0


def wall_instant_of(text: Any, zone: str) -> datetime:
    """When a wall clock in `zone` shows that date and time. Raises Invalid."""
    try:
        wall = datetime.fromisoformat(text)
        return instant(wall.date(), wall.time().replace(tzinfo=None), zone)
    except (TypeError, ValueError, OverflowError) as error:
        raise Invalid(field="time") from error


def version_of(value: Any) -> int:
    """As an event brings it, or a form. Raises Invalid."""
    return value if type(value) is int else count_of(value)
