"""An example of everything that goes over the wire, put together from the examples of its fields."""

from datetime import datetime, timedelta
from typing import Any

FORMATS = {
    "uuid": "0196f3a2-5b1c-7c3e-9d2a-4f6b8c0d1e2f",
    "date-time": "2026-12-01T04:30:00Z",
    "date": "2026-12-01",
    "email": "asha@example.org",
}
HALF_AN_HOUR = timedelta(minutes=30)


class NoExample(Exception):
    """A field whose type shows nobody what it looks like: give it `Field(examples=[…])`."""


def describe(schema: dict[str, Any]) -> list[str]:
    """Give each parameter, body and answer of an OpenAPI document its example; what lacks one, which a test forbids."""
    lacking = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            try:
                _describe(operation, schema)
            except NoExample as field:
                lacking.append(f"{method.upper()} {path}: {field}")
    return lacking


def _describe(operation: dict[str, Any], document: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        parameter["example"] = _named(parameter["name"], parameter["schema"], document, is_request=True)
    bodies = [(operation["requestBody"], True)] if "requestBody" in operation else []
    answers = [(answer, False) for status, answer in operation["responses"].items() if status.startswith("2")]
    for told, is_request in (*bodies, *answers):
        for content in told.get("content", {}).values():
            content |= _shown(content["schema"], document, is_request=is_request)


def _shown(schema: dict[str, Any], document: dict[str, Any], *, is_request: bool) -> dict[str, Any]:
    """The example or, where a body has one of several forms, one of each by the form's name."""
    if not is_request or len(forms := schema.get("oneOf", [])) < 2:
        return {"example": example(schema, document, is_request=is_request)}
    named = {form["$ref"].rpartition("/")[2]: form for form in forms}
    return {"examples": {name: {"value": example(form, document, is_request=True)} for name, form in named.items()}}


def example(schema: dict[str, Any], document: dict[str, Any], *, is_request: bool) -> Any:
    """What fits the schema; of a request only what has to be there or shows something. Raises NoExample."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example(document["components"]["schemas"][name] | _beside(schema), document, is_request=is_request)
    for shown in ("examples", "enum"):
        if schema.get(shown):
            return schema[shown][0]
    for shown in ("const", "example"):
        if shown in schema:
            return schema[shown]
    if forms := schema.get("anyOf") or schema.get("oneOf"):
        chosen = next((form for form in forms if form.get("type") != "null"), forms[0])
        return example(chosen, document, is_request=is_request)
    if schema.get("type") == "object" or "properties" in schema:
        return _object(schema, document, is_request=is_request)
    return _plain(schema, document, is_request=is_request)


def _beside(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "$ref"}


def _object(schema: dict[str, Any], document: dict[str, Any], *, is_request: bool) -> dict[str, Any]:
    required = schema.get("required", [])
    found = {}
    for name, field in schema.get("properties", {}).items():
        if not is_request or name in required or _shows(field):
            found[name] = _named(name, field, document, is_request=is_request)
    # Of two that exclude each other the first.
    if set(never := schema.get("not", {}).get("required", [])) and set(never) <= set(found):
        del found[never[-1]]
    if "endsAt" in found and found["endsAt"] == found.get("startsAt"):
        ends = datetime.fromisoformat(found["startsAt"]) + HALF_AN_HOUR
        found["endsAt"] = ends.isoformat().replace("+00:00", "Z")
    return found


def _shows(field: dict[str, Any]) -> bool:
    return bool(field.get("examples"))


def _named(name: str, field: dict[str, Any], document: dict[str, Any], *, is_request: bool) -> Any:
    try:
        return example(field, document, is_request=is_request)
    except NoExample as lacking:
        raise NoExample(f"{name} {lacking}".strip()) from lacking


def _plain(schema: dict[str, Any], document: dict[str, Any], *, is_request: bool) -> Any:
    kind = schema.get("type")
    if schema.get("default") not in (None, ""):
        return schema["default"]
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    if kind == "array":
        return [example(schema["items"], document, is_request=is_request)]
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    raise NoExample
