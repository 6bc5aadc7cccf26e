"""The pages' sink: rooms on Reflex's own Socket.IO namespace, and one frame to all who are in one.

What goes out is in Reflex's internal form: tests/state/test_live.py fails when that changes.
"""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any

import reflex as rx
from engineio.packet import Packet
from reflex.state import StateUpdate
from reflex_base.constants.state import FIELD_MARKER

from core.lines import Lines
from core.web_session import HEADER
from core.words import LANGUAGES
from services.views import View

SESSION = "reflex___state____state.state___session____session"
"""The state that every page asks whose it is; state/session.py, which stands on this file."""

ENVIRON = f"HTTP_{HEADER}".upper().replace("-", "_")
"""Where Socket.IO keeps the header of a connection's session."""

Delta = dict[str, dict[str, Any]]
"""Fields of states, by the states' full names."""


class ReflexSink:
    """A room of ours is one of Socket.IO's in each language, `slots:17:2026-12-01|hi`."""

    def __init__(self, app: rx.App, tell: Callable[[str, View, Collection[str]], dict[str, Delta]]) -> None:
        """Push through `app` what `tell` says of a view to the occupied rooms of Socket.IO."""
        self.app, self.tell = app, tell

    def rooms(self) -> Collection[str]:
        """The rooms that a browser connected to this process is in."""
        return {name.rpartition("|")[0] for name in self._occupied()}

    async def push(self, room: str, view: View) -> None:
        """One frame to each language's room: it is made once, however many it is for."""
        for name, told in self.tell(room, view, self._occupied()).items():
            frame = self._frame(told)
            for sid in self._inside(name):
                await self.lines.send(sid, [frame])

    def sessions(self) -> Collection[bytes]:
        """Whose browsers are connected to this process."""
        return self._connected().keys()

    async def sign_out(self, ended: Collection[bytes]) -> None:
        """Leave every room, and say that it is over."""
        over = {SESSION: {"is_over" + FIELD_MARKER: True}}
        connected = self._connected()
        for sid in [sid for session_hash in ended for sid in connected.get(session_hash, [])]:
            await self.leave(sid)
            await self.lines.send(sid, [self._frame(over)])

    async def review(self) -> None:
        """Nothing: a page is known by its session and by nothing else."""

    @property
    def lines(self) -> Lines:
        """The lines of Reflex's namespace, which it makes when it starts."""
        return Lines(self.app.event_namespace.server, self.app.event_namespace.namespace)

    def _frame(self, told: Delta) -> Packet:
        return self.lines.frame("event", StateUpdate(delta=told))

    def _inside(self, name: str) -> list[str]:
        namespace = self.app.event_namespace
        return list(namespace.server.manager.rooms.get(namespace.namespace, {}).get(name, ()))

    def _connected(self) -> dict[bytes, list[str]]:
        namespace = self.app.event_namespace
        everyone = namespace.server.manager.rooms.get(namespace.namespace, {}).get(None, {})
        found: dict[bytes, list[str]] = defaultdict(list)
        for sid in everyone:
            if session_hash := namespace.server.get_environ(sid, namespace.namespace).get(ENVIRON):
                found[bytes.fromhex(session_hash)].append(sid)
        return found

    def _occupied(self) -> set[str]:
        namespace = self.app.event_namespace
        rooms = namespace.server.manager.rooms.get(namespace.namespace, {})
        return {name for name in rooms if name is not None and "|" in name}

    def members(self, room: str) -> Collection[str]:
        """Whose browsers are in a room, in whichever language."""
        return [sid for language in LANGUAGES for sid in self._inside(f"{room}|{language}")]

    async def enter(self, sid: str, name: str) -> None:
        """Put a browser in a room; nothing where it has gone meanwhile."""
        with contextlib.suppress(ValueError):
            await self.app.event_namespace.enter_room(sid, name)

    async def leave(self, sid: str, *, kind: str | None = None) -> None:
        """Take a browser out of its rooms, or out of those of one kind."""
        namespace = self.app.event_namespace
        for name in list(namespace.rooms(sid)):
            if "|" in name and (kind is None or name.startswith((f"{kind}:", f"{kind}|"))):
                await namespace.leave_room(sid, name)
