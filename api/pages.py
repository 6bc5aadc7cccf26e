"""Pages of a long list: a cursor says after what the next one begins, and is nobody's business but ours."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Query

from core.errors import Invalid

Row = TypeVar("Row")

LARGEST = 100

Limit = Annotated[int, Query(ge=1, le=LARGEST, description="How many at most.")]
Cursor = Annotated[
    str | None,
    Query(max_length=400, description="The `nextCursor` of the page before.", examples=["WyIyMDI2LTEyLTAxIl0"]),
]


def page(found: Sequence[Row], limit: int) -> tuple[Sequence[Row], Row | None]:
    """Of one more than fit, found to see whether any follow: those of the page, and its last where others do."""
    shown = found[:limit]
    return shown, shown[-1] if len(found) > limit else None


def cursor(values: Sequence[Any]) -> str:
    """A cursor after the row that has these values, each of which JSON can hold."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


def after(given: str | None, kinds: Sequence[type]) -> list[Any] | None:
    """The values of a cursor, each of its kind; None: the first page. Raises Invalid where it is no cursor of ours."""
    if given is None:
        return None
    try:
        found = orjson.loads(base64.b64decode(given.encode("ascii") + b"=" * (-len(given) % 4), b"-_", validate=True))
    except (ValueError, binascii.Error) as error:
        raise Invalid(field="cursor") from error
    if not isinstance(found, list) or [type(each) for each in found] != list(kinds):
        raise Invalid(field="cursor")
    return found
