"""The pages' sink: leaf states that only show a view, and one delta to all who watch it.

The fields are set in two ways, by `watch` when a page opens and by a delta to the room afterwards; both take them from
the same function, so a screen that was pushed to shows what a fresh one would. The delta is in Reflex's internal form:
tests/state/test_live.py fails when that changes.
"""

import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx
from reflex.state import StateUpdate
from reflex_base.constants.state import FIELD_MARKER

from core import clock
from core.web_session import HEADER
from core.words import LANGUAGES
from services.itinerary import Itinerary
from services.live import live
from services.next_open import Changes
from services.presence import People
from services.views import SlotsView, StripView, View, parse
from services.week import Week
from state.cash_rows import LiveCash, cash_fields
from state.clinic_board import LiveBoard, board_fields
from state.day_rows import LiveDay, day_fields
from state.desk_columns import LiveDesk, desk_change, desk_fields
from state.rows import PersonRow, SlotCell, VisitRow, initials, opening, slot_cell, visit_row
from state.turns import LiveTurns, turn_fields
from state.waitlist_rows import LiveWaitlist, waitlist_fields
from state.waits import LiveWaits, waits_fields
from state.week_rows import Column, Wall, columns, wall

SESSION = "reflex___state____state.state___session____session"
"""The state that every page asks whose it is; state/session.py, which stands on this file."""

ENVIRON = f"HTTP_{HEADER}".upper().replace("-", "_")
"""Where Socket.IO keeps the header of a connection's session."""

FAR = datetime.max.replace(tzinfo=UTC)


class LiveSlots(rx.State):
    """The slot grid of the day that is looked at, by part of the day."""

    version: int = -1
    morning: list[SlotCell] = []
    afternoon: list[SlotCell] = []
    evening: list[SlotCell] = []


class LiveStrip(rx.State):
    """How many times are open, by ISO date."""

    version: int = -1
    open: dict[str, int] = {}


class LiveWeek(rx.State):
    """A doctor's week: seven columns on one wall of hours."""

    version: int = -1
    wall: Wall = Wall()
    columns: list[Column] = []


class LivePresence(rx.State):
    """Who of the staff has the day open."""

    version: int = -1
    people: list[PersonRow] = []


class LivePatient(rx.State):
    """That something has happened to the visits of whose card is open, which is then read anew."""

    version: int = -1


class LiveAccount(rx.State):
    """The appointments of whoever is signed in, and the hold among them."""

    version: int = -1
    visits: list[VisitRow] = []
    held: list[VisitRow] = []
    held_slot: str = ""
    upcoming: list[VisitRow] = []
    earlier: list[VisitRow] = []


class LiveNextOpen(rx.State):
    """Next open slots that moved since the list was read, by doctor id and mode (`17:video`, `17:`)."""

    version: int = -1
    changes: dict[str, str] = {}


def _slots(view: SlotsView, _language: str, _now: datetime) -> dict[str, Any]:
    parts: dict[str, list[SlotCell]] = {"morning": [], "afternoon": [], "evening": []}
    for slot in view.slots:
        hour = slot.starts_at.astimezone(ZoneInfo(view.zone)).hour
        part = "morning" if hour < 12 else "afternoon" if hour < 16 else "evening"
        parts[part].append(slot_cell(slot, view.zone))
    return dict(parts)


def _strip(view: StripView, _language: str, _now: datetime) -> dict[str, Any]:
    return {"open": {day.isoformat(): count for day, count in view.open.items()}}


def _week(view: Week, language: str, now: datetime) -> dict[str, Any]:
    return {"wall": wall(view, language), "columns": columns(view, language, now)}


def _presence(view: People, _language: str, _now: datetime) -> dict[str, Any]:
    return {"people": [PersonRow(str(p.user_id), p.name, initials(p.name), p.role, p.holds) for p in view.people]}


def _account(view: Itinerary, language: str, now: datetime) -> dict[str, Any]:
    rows = [visit_row(visit, language, now) for visit in view.visits]
    held = [row for row in rows if row.standing == "held"]
    return {
        "visits": rows,
        "held": held,
        "held_slot": held[0].slot if held else "",
        "upcoming": [row for row in rows if row.standing == "upcoming"][::-1],
        "earlier": [row for row in rows if row.standing in {"past", "over"}],
    }


def _next_open(view: Changes, language: str, now: datetime) -> dict[str, Any]:
    found: dict[str, str] = {}
    # Latest first, so that the earliest of a doctor's modes stays under his id alone.
    latest_first = sorted(view.earliest, key=lambda e: e.starts_at or FAR, reverse=True)
    for each in latest_first:
        label = opening(each.starts_at, each.zone, language, now)
        found[f"{each.doctor_id}:{each.mode}"] = label
        if label or f"{each.doctor_id}:" not in found:
            found[f"{each.doctor_id}:"] = label
    return {"changes": found}


@dataclass(frozen=True)
class Screen:
    """Which state shows a kind of view, and its fields; where they are many, also what has changed since a view."""

    state: type[rx.State]
    fields: Callable[[Any, str, datetime], dict[str, Any]]
    change: Callable[[Any, Any, str, datetime], dict[str, Any]] | None = None


SCREENS: dict[str, Screen] = {
    "slots": Screen(LiveSlots, _slots),
    "strip": Screen(LiveStrip, _strip),
    "day": Screen(LiveDay, day_fields),
    "week": Screen(LiveWeek, _week),
    "turns": Screen(LiveTurns, turn_fields),
    "presence": Screen(LivePresence, _presence),
    "desk": Screen(LiveDesk, desk_fields, desk_change),
    "waitlist": Screen(LiveWaitlist, waitlist_fields),
    "clinic": Screen(LiveBoard, board_fields),
    "patient": Screen(LivePatient, lambda _view, _language, _now: {}),
    "waits": Screen(LiveWaits, waits_fields),
    "cash": Screen(LiveCash, cash_fields),
    "account": Screen(LiveAccount, _account),
    "next-open": Screen(LiveNextOpen, _next_open),
}


def fields(room: str, view: View, language: str, now: datetime) -> dict[str, Any]:
    """What the room's state shows of a view."""
    return {"version": view.version} | SCREENS[room.partition(":")[0]].fields(view, language, now)


def pushed_fields(room: str, view: View, before: View | None, language: str, now: datetime) -> dict[str, Any]:
    """The same for all who have at least the view `before`: less, where the kind of room can tell what has changed."""
    change = SCREENS[room.partition(":")[0]].change
    if change is None or before is None:
        return fields(room, view, language, now)
    return {"version": view.version} | change(view, before, language, now)


def delta(room: str, values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The values as Reflex sends a state's change to a browser."""
    state = SCREENS[room.partition(":")[0]].state
    return {state.get_full_name(): {name + FIELD_MARKER: value for name, value in values.items()}}


class Pushed:
    """The views that were lately pushed. A change is told since the oldest of them: who missed one has it in the next.

    A browser may take two pushes for one. What one has who enters a room is never older than what was pushed there.
    """

    LATELY = 0.2
    """Seconds."""

    def __init__(self) -> None:
        """None yet."""
        self.views: dict[str, list[tuple[float, View]]] = {}

    def begin(self, room: str, view: View) -> None:
        """One who came in has this view by his own reading; of several the oldest counts, until all are pushed to."""
        if _tells_changes(room):
            self.views.setdefault(room, [(0.0, view)])

    def before(self, room: str) -> View | None:
        """The view that all who are in the room have at least; None where that is not known."""
        known, now = self.views.get(room, []), time.monotonic()
        lately = [each for each in known if each[0] > now - self.LATELY] or known[-1:]
        return lately[0][1] if lately else None

    def note(self, room: str, view: View, occupied: Collection[str]) -> None:
        """This has been pushed; what was in rooms that nobody is in any more is forgotten."""
        self.views = {each: views for each, views in self.views.items() if each in occupied}
        if _tells_changes(room):
            now = time.monotonic()
            lately = [each for each in self.views.get(room, []) if each[0] > now - self.LATELY]
            self.views[room] = [*lately, (now, view)]


def _tells_changes(room: str) -> bool:
    """Whether a push to the room tells but what has changed; a room that only programs enter has no screen of ours."""
    screen = SCREENS.get(room.partition(":")[0])
    return screen is not None and screen.change is not None


class ReflexSink:
    """Rooms on Reflex's own Socket.IO namespace: a room of ours in each language, `slots:17:2026-12-01|hi`."""

    def __init__(self, app: rx.App) -> None:
        """Push through `app`."""
        self.app = app
        self.pushed = Pushed()

    def rooms(self) -> Collection[str]:
        """The rooms that a browser connected to this process is in."""
        return {name.rpartition("|")[0] for name in self._occupied()}

    async def push(self, room: str, view: View) -> None:
        """One delta to each language's room."""
        occupied, now = self._occupied(), clock.now()
        before = self.pushed.before(room)
        for language in LANGUAGES:
            if (name := f"{room}|{language}") in occupied:
                update = StateUpdate(delta=delta(room, pushed_fields(room, view, before, language, now)))
                await self.app.event_namespace.emit("event", update, room=name)
        self.pushed.note(room, view, self.rooms())

    def sessions(self) -> Collection[bytes]:
        """Whose browsers are connected to this process."""
        return self._connected().keys()

    async def sign_out(self, ended: Collection[bytes]) -> None:
        """Leave every room, and say that it is over."""
        over = {SESSION: {"is_over" + FIELD_MARKER: True}}
        connected = self._connected()
        for sid in [sid for session_hash in ended for sid in connected.get(session_hash, [])]:
            await self.leave(sid)
            await self.app.event_namespace.emit("event", StateUpdate(delta=over), to=sid)

    async def review(self) -> None:
        """Nothing: a page is known by its session and by nothing else."""

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
        namespace = self.app.event_namespace
        rooms = namespace.server.manager.rooms.get(namespace.namespace, {})
        return [sid for language in LANGUAGES for sid in rooms.get(f"{room}|{language}", ())]

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


_sink: list[ReflexSink] = []


def wire(app: rx.App) -> None:
    """Make the app the pages' sink; once, by whoever builds the app."""
    _sink[:] = [ReflexSink(app)]
    live.sinks.append(_sink[0])


def members(room: str) -> Collection[str]:
    """Whose browsers are in a room, in this process."""
    return _sink[0].members(room)


async def watch(state: rx.State, room: str, language: str) -> AsyncIterator[None]:
    """Show a room to this browser from now on. The caller has decided that it may be seen.

    The room is entered BEFORE the first read, and what was pushed between the read and its way to the browser is found
    afterwards: each step of the iteration is a moment to send what is set so far.
    """
    kind_name = room.partition(":")[0]
    sink, sid = _sink[0], state.router.session.session_id
    await sink.leave(sid, kind=kind_name)
    await sink.enter(sid, f"{room}|{language}")
    leaf = await state.get_state(SCREENS[kind_name].state)
    while True:
        kind, args = parse(room)
        now = clock.now()
        view = await kind.read(args, now)
        live.has_read(room, view)
        sink.pushed.begin(room, view)
        for name, value in fields(room, view, language, now).items():
            setattr(leaf, name, value)
        yield
        if not live.is_newer(room, view.version):
            return


async def forget(state: rx.State, kind: str) -> None:
    """Stop showing rooms of that kind, and empty what was shown."""
    await _sink[0].leave(state.router.session.session_id, kind=kind)
    (await state.get_state(SCREENS[kind].state)).reset()


async def leave_all(state: rx.State) -> None:
    """Leave every room: another page is being opened."""
    await _sink[0].leave(state.router.session.session_id)
