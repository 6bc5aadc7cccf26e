"""What the screens in a room have by now, so that a push need only say what has changed.

In two ways. The desk's grid keeps views and is told steps from one to the next; it takes them by itself. Of a room
whose fields have a `stamp` the fields are kept, and a push is a patch of those: assets/live/patch.js lays it over the
page's state where that has the stamp which the patch begins with, and nowhere else.
"""

from collections.abc import Collection
from hashlib import blake2b
from typing import Any

import orjson

from services.views import View

READ_AT = "read_at"
"""The field that is of the moment of reading: two who read the same have it otherwise."""

PATCH, STEP = "pushed_patch", "pushed_step"
"""As what they are pushed, in the place of fields; no state has fields of these names, for all pass by patch.js."""


class Pushed:
    """The views that somebody in a room may have: what was pushed last, and what those who came in since have read."""

    MOST = 8
    """So many. Who has an older one than these finds that the next push is not for him, and reads all of it anew."""

    def __init__(self) -> None:
        """None yet."""
        self.views: dict[str, list[View]] = {}

    def begin(self, room: str, view: View) -> None:
        """One who came in has this view by his own reading."""
        known = self.views.setdefault(room, [])
        if view not in known:
            known.append(view)
            del known[: -self.MOST]

    def before(self, room: str) -> list[View]:
        """What those in the room may have."""
        return self.views.get(room, [])

    def note(self, room: str, view: View) -> None:
        """This has been pushed: all have it, or what they have is in no later push."""
        self.views[room] = [view]

    def keep(self, occupied: Collection[str]) -> None:
        """Forget what was in rooms that nobody is in any more."""
        self.views = {room: views for room, views in self.views.items() if room in occupied}


class Shown:
    """The fields that all screens of a room have, by the room's name and language."""

    def __init__(self) -> None:
        """None yet."""
        self.fields: dict[str, dict[str, Any]] = {}

    def begin(self, name: str, fields: dict[str, Any]) -> None:
        """One who came in has these by his own reading. Where the others have other ones, the next push is whole."""
        known = self.fields.setdefault(name, fields)
        if known.get("stamp") != fields["stamp"]:
            self.fields[name] = {}

    def push(self, name: str, fields: dict[str, Any]) -> dict[str, Any]:
        """What to send so that all have these fields."""
        before, self.fields[name] = self.fields.get(name), fields
        return {PATCH: patch(before, fields)} if before else fields

    def keep(self, occupied: Collection[str]) -> None:
        """Forget what was in rooms that nobody is in any more."""
        self.fields = {name: fields for name, fields in self.fields.items() if name in occupied}


def stamp(fields: dict[str, Any]) -> str:
    """The same for whoever shows the same, in whichever process it was read."""
    content = orjson.dumps({name: value for name, value in fields.items() if name != READ_AT})
    return blake2b(content, digest_size=9).hexdigest()


def patch(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What makes the one of the other: fields to set; of lists whose rows have an `id`, and of dicts, what changed."""
    told: dict[str, Any] = {"since": before["stamp"], "values": {}, "rows": {}, "entries": {}}
    for name, value in after.items():
        was = before.get(name)
        if name in before and was == value:
            continue
        if isinstance(value, list) and (rows := _rows(was, value)) is not None:
            told["rows"][name] = rows
        elif isinstance(value, dict) and isinstance(was, dict):
            told["entries"][name] = {"gone": [each for each in was if each not in value], "set": _otherwise(was, value)}
        else:
            told["values"][name] = value
    return told


def _rows(before: Any, after: list[Any]) -> dict[str, Any] | None:
    """Which rows are gone, come in at which place, or are otherwise; None where they cannot be told apart like that."""
    if not (before and after and all(hasattr(row, "id") for row in (*before, *after))):
        return None
    was, there = ({row.id: row for row in rows} for rows in (before, after))
    if [each for each in was if each in there] != [each for each in there if each in was]:
        return None
    return {
        "gone": [each for each in was if each not in there],
        "come": [[place, row] for place, row in enumerate(after) if row.id not in was],
        "changed": {
            each: _otherwise(vars(was[each]), vars(row))
            for each, row in there.items()
            if each in was and was[each] is not row and was[each] != row
        },
    }


def _otherwise(was: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in now.items() if name not in was or was[name] != value}
