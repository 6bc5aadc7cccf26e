"""A page's state as the browser keeps it: assets/live/patch.js in Python; tests/state/test_pushed.py compares them."""

from collections.abc import Callable
from typing import Any

from reflex_base.constants.state import FIELD_MARKER

from state.pushed import PATCH, STEP

KEPT = 64
OF: dict[str, Callable[[Any], Any]] = {"open": lambda span: span[0], "placed": lambda cell: cell["id"]}


def patched(state: dict[str, Any], delta: dict[str, Any]) -> dict[str, Any]:
    """The fields to set, as if all of them had been sent; that a change was missed, where the state is another one."""
    if (step := delta.get(STEP + FIELD_MARKER)) is not None:
        others = {name: value for name, value in delta.items() if name != STEP + FIELD_MARKER}
        return others | {"steps" + FIELD_MARKER: [*state.get("steps" + FIELD_MARKER, []), step][-KEPT:]}
    if (patch := delta.get(PATCH + FIELD_MARKER)) is None:
        return delta
    stamp = state.get("stamp" + FIELD_MARKER)
    if stamp != patch["since"]:
        return {"missed" + FIELD_MARKER: True} if stamp else {}
    rows = {name: _rows(state[name + FIELD_MARKER], change) for name, change in patch["rows"].items()}
    entries = {name: _entries(state[name + FIELD_MARKER], change) for name, change in patch["entries"].items()}
    return {name + FIELD_MARKER: value for name, value in {**patch["values"], **rows, **entries}.items()}


def stepped(whole: dict[str, Any], step: dict[str, Any]) -> dict[str, Any]:
    """All of the desk's columns after a step, as assets/desk/model.js takes it."""
    if step["stamp"] == whole["stamp"]:
        return whole
    assert whole["stamp"] in step["since"]
    columns = {each["key"]: each for each in whole["columns"] if each["key"] not in step["gone"]}
    for change in step["columns"]:
        known = columns.get(change["key"], {})
        lists = {name: _laid(known.get(name, []), change[name], of) for name, of in OF.items() if name in change}
        columns[change["key"]] = known | change | lists
    return whole | step["frame"] | {"stamp": step["stamp"], "columns": list(columns.values())}


def sorted_columns(whole: dict[str, Any]) -> dict[str, Any]:
    """The same in one order: the script sorts what it draws."""
    columns = sorted(whole["columns"], key=lambda each: str(each["key"]))
    lists = [{name: sorted(each[name], key=of) for name, of in OF.items()} for each in columns]
    return whole | {"columns": [each | sorted_ for each, sorted_ in zip(columns, lists, strict=True)]}


def _laid(known: list[Any], change: Any, of: Callable[[Any], Any]) -> list[Any]:
    if isinstance(change, list):
        return change
    members = {of(each): each for each in known if of(each) not in change["gone"]}
    return list((members | {of(each): each for each in change["set"]}).values())


def _rows(known: list[dict[str, Any]], change: dict[str, Any]) -> list[dict[str, Any]]:
    left = [row | change["changed"].get(row["id"], {}) for row in known if row["id"] not in change["gone"]]
    for place, row in change["come"]:
        left.insert(place, row)
    return left


def _entries(known: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in known.items() if key not in change["gone"]} | change["set"]
