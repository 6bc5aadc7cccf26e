"""What the pages show live: leaf states that only show a view, and what is told to all who watch it.

The fields are set in two ways, by `watch` when a page opens and by a delta to the room afterwards (state/sink.py); both
take them from the same function, so a screen that was pushed to shows what a fresh one would.
"""

from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER

from core import clock
from core.words import LANGUAGES
from services.itinerary import Itinerary
from services.live import live
from services.next_open import Changes
from services.presence import People
from services.slot_views import SlotsView, StripView
from services.views import View, parse
from services.week import Week
from state.cash_rows import LiveCash, cash_fields
from state.clinic_board import LiveBoard, board_fields
from state.day_rows import LiveDay, day_fields
from state.desk_columns import LiveDesk, desk_fields, desk_step
from state.pushed import STEP, Pushed, Shown, stamp
from state.rows import PersonRow, SlotCell, VisitRow, initials, opening, slot_cell, visit_row
from state.sink import Delta, ReflexSink
from state.turns import LiveTurns, turn_fields
from state.waitlist_rows import LiveWaitlist, waitlist_fields
from state.waits import LiveWaits, waits_fields
from state.week_rows import Column, Wall, columns, wall

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
    """Which state shows a kind of view, and its fields.

    Where these are many, also how a push tells only what has changed: `step` says it of a view since whichever of
    others one has, `is_patched` has the page's state patched (state/pushed.py), which then has a `stamp`.
    """

    state: type[rx.State]
    fields: Callable[[Any, str, datetime], dict[str, Any]]
    step: Callable[[Any, Any, str, datetime], dict[str, Any]] | None = None
    is_patched: bool = False


SCREENS: dict[str, Screen] = {
    "slots": Screen(LiveSlots, _slots),
    "strip": Screen(LiveStrip, _strip),
    "day": Screen(LiveDay, day_fields, is_patched=True),
    "week": Screen(LiveWeek, _week),
    "turns": Screen(LiveTurns, turn_fields),
    "presence": Screen(LivePresence, _presence),
    "desk": Screen(LiveDesk, desk_fields, desk_step),
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
    screen = _screen(room)
    found = screen.fields(view, language, now)
    if screen.is_patched:
        found |= {"stamp": stamp(found), "missed": False}
    return {"version": view.version} | found


def delta(room: str, values: dict[str, Any]) -> Delta:
    """The values as Reflex sends a state's change to a browser."""
    return {_screen(room).state.get_full_name(): {name + FIELD_MARKER: value for name, value in values.items()}}


class Told:
    """What all screens have by now, and what they are to be told of a newer view."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.pushed, self.shown = Pushed(), Shown()

    def begin(self, room: str, view: View, language: str, found: dict[str, Any]) -> None:
        """One who came in has this by his own reading."""
        screen = _screen(room)
        if screen.step is not None:
            self.pushed.begin(room, view)
        elif screen.is_patched:
            self.shown.begin(f"{room}|{language}", found)

    def push(self, room: str, view: View, names: Collection[str]) -> dict[str, Delta]:
        """What to tell each of the rooms of Socket.IO in which there is somebody, of those that belong to this one."""
        now, languages = clock.now(), [each for each in LANGUAGES if f"{room}|{each}" in names]
        # A room that only programs enter has no screen of ours.
        told = {f"{room}|{each}": delta(room, self._values(room, view, each, now)) for each in languages}
        if told and _screen(room).step is not None:
            self.pushed.note(room, view)
        self.pushed.keep({name.rpartition("|")[0] for name in names})
        self.shown.keep(names)
        return told

    def _values(self, room: str, view: View, language: str, now: datetime) -> dict[str, Any]:
        screen = _screen(room)
        if screen.step is not None and (before := self.pushed.before(room)):
            return {"version": view.version, STEP: screen.step(view, before, language, now)}
        found = fields(room, view, language, now)
        return self.shown.push(f"{room}|{language}", found) if screen.is_patched else found


def _screen(room: str) -> Screen:
    return SCREENS[room.partition(":")[0]]


_told = Told()
_sink: list[ReflexSink] = []


def wire(app: rx.App) -> None:
    """Make the app the pages' sink; once, by whoever builds the app."""
    _sink[:] = [ReflexSink(app, _told.push)]
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
        found = fields(room, view, language, now)
        _told.begin(room, view, language, found)
        for name, value in found.items():
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
