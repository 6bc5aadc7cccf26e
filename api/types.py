"""What fields on the wire are made of: the same for bodies, paths and queries, in the schema as in the check."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from fastapi import Header, Path
from pydantic import BeforeValidator, Field, PlainSerializer, Strict, StringConstraints

from core.idempotency import LONGEST_KEY
from services.inputs import FIRST, LARGEST_ID, LAST


def _instant(value: Any) -> Any:
    """From a stranger's text, or of our own."""
    if not isinstance(value, (str, datetime)):
        raise ValueError("an instant is text, with its offset")
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    if found.utcoffset() is None or not FIRST < found < LAST:
        raise ValueError("an instant has an offset")
    return found.astimezone(UTC)


def _day(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return date.fromisoformat(_plain(value, len("2026-12-01")))


def _wall_time(value: Any) -> Any:
    if isinstance(value, time):
        return value
    return time.fromisoformat(_plain(value, len("10:00")))


def _plain(value: Any, length: int) -> str:
    if not isinstance(value, str) or len(value) != length or not value.isascii():
        raise ValueError("not as it is written here")
    return value


def _z(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


Id = Annotated[int, Field(ge=1, le=LARGEST_ID, examples=[17])]
"""A doctor's, patient's or clinic's, in a path or a query."""

DoctorId = Annotated[Id, Path(alias="doctorId", description="The doctor's id.")]

BodyId = Annotated[int, Strict(), Field(ge=1, le=LARGEST_ID, examples=[17])]
"""The same in a body, where text is no number."""

Version = Annotated[int, Strict(), Field(ge=1, le=LARGEST_ID, examples=[1])]
"""The version that the caller has seen."""

Instant = Annotated[
    datetime,
    BeforeValidator(_instant, json_schema_input_type=str),
    PlainSerializer(_z, return_type=str, when_used="json"),
    Field(json_schema_extra={"format": "date-time", "examples": ["2026-12-01T04:30:00Z"]}),
]
"""ISO 8601 with an offset; goes out in UTC."""

Day = Annotated[
    date,
    BeforeValidator(_day, json_schema_input_type=str),
    Field(json_schema_extra={"format": "date", "examples": ["2026-12-01"]}),
]
"""A date on the clinic's wall clock."""

WallTime = Annotated[
    time,
    BeforeValidator(_wall_time, json_schema_input_type=str),
    PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str, when_used="json"),
    Field(json_schema_extra={"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["10:00"]}),
]
"""A time of day on the clinic's wall clock, to the minute."""

Flag = Annotated[bool, Strict()]
"""true or false, and nothing that only looks like it."""


def text(longest: int, *, shortest: int = 0) -> Any:
    """A text of so many characters, for `Annotated`; a NUL is none."""
    return StringConstraints(min_length=shortest, max_length=longest, pattern=r"^[^\x00]*$")


FORM = "form:"


def form(name: str) -> str:
    """The tag of one of several forms of a body, which is no part of where a wrong field stands."""
    return FORM + name


IdempotencyKey = Annotated[
    Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_KEY, pattern="^[ -~]+$")] | None,
    Header(
        alias="Idempotency-Key",
        examples=["b6f0c1d2-monday"],
        description="A name of your choice for this request: sent again, it is answered again, and done once.",
    ),
]
"""Of a POST that creates."""
