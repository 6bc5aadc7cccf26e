"""A page's state as the browser keeps it: assets/live/patch.js in Python; tests/state/test_pushed.py compares them."""

from typing import Any

from reflex_base.constants.state import FIELD_MARKER


def patched(state: dict[str, Any], delta: dict[str, Any]) -> dict[str, Any]:
    """The fields to set, as if all of them had been sent; that a change was missed, where the state is another one."""
    if (patch := delta.get("patch" + FIELD_MARKER)) is None:
        return delta
    stamp = state.get("stamp" + FIELD_MARKER)
    if stamp != patch["since"]:
        return {"missed" + FIELD_MARKER: True} if stamp else {}
    rows = {name: _rows(state[name + FIELD_MARKER], change) for name, change in patch["rows"].items()}
    entries = {name: _entries(state[name + FIELD_MARKER], change) for name, change in patch["entries"].items()}
    return {name + FIELD_MARKER: value for name, value in {**patch["values"], **rows, **entries}.items()}


def _rows(known: list[dict[str, Any]], change: dict[str, Any]) -> list[dict[str, Any]]:
    left = [row | change["changed"].get(row["id"], {}) for row in known if row["id"] not in change["gone"]]
    for place, row in change["come"]:
        left.insert(place, row)
    return left


def _entries(known: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in known.items() if key not in change["gone"]} | change["set"]
