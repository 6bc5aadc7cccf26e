"""A body as it comes from a stranger: read once, bounded, and JSON in one reading only."""

import json
from math import isfinite
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.types import Message

from api.problems import NotJson, TooLarge
from core.errors import Invalid

LARGEST = 64 * 1024
"""Bytes."""

DEEPEST = 20

EXACT = 2**53
"""Up to here each whole number has a float of its own."""


class Read(Request):
    """A request whose body has been read, and whose JSON is read our way."""

    body_bytes: bytes = b""

    async def json(self) -> Any:
        """The body's JSON. Raises Invalid."""
        return parse(self.body_bytes)


async def read(request: Request) -> Read:
    """Read the body, before anybody trusts a word of it. Raises TooLarge, NotJson."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or len(declared) > 12 or int(declared) > LARGEST:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST:
            raise TooLarge
        chunks.append(chunk)
    body = b"".join(chunks)
    if body and not _is_json(request.headers.getlist("content-type")):
        raise NotJson
    is_given = False

    async def receive() -> Message:
        nonlocal is_given
        if is_given:
            return await request.receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    made = Read(request.scope, receive)
    made.body_bytes = body
    return made


def parse(body: bytes) -> Any:
    """JSON in UTF-8; no key twice, no NaN, no number of a thousand digits, not deeper than we go. Raises Invalid."""
    try:
        found = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError) as error:
        raise Invalid(field="body") from error
    _measure(found, 1)
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # One reader takes the first and another the last: whoever checks and whoever acts must not differ.
        raise ValueError("a key stands twice")
    return found


def _integer(text: str) -> int:
    if len(text) > 20:
        raise ValueError("a number is too large")
    return int(text)


def _decimal(text: str) -> float:
    if not isfinite(found := float(text)):
        raise ValueError("a number is too large")
    # To JSON 1.0 is the number 1, and so it is to JSON Schema.
    return int(found) if found.is_integer() and abs(found) < EXACT else found


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("not a number of JSON")


def _measure(value: Any, depth: int) -> None:
    if isinstance(value, (dict, list)):
        if depth > DEEPEST:
            raise Invalid(field="body")
        for inner in value.values() if isinstance(value, dict) else value:
            _measure(inner, depth + 1)


def _is_json(types: list[str]) -> bool:
    if len(types) != 1:
        return False
    kind, _, rest = types[0].partition(";")
    return kind.strip().lower() == "application/json" and rest.strip().lower() in {"", "charset=utf-8"}
