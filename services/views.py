"""What can be watched: each kind of view, the topic that moves it, how it is read, and how its version is asked for.

A room is a kind and its arguments, `slots:17:2026-12-01`. Its view is the same for all who watch: it says nothing of
who they are. Who may enter a room is decided where it is entered.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import clock
from models import DoctorDay
from services import (
    cash_day,
    cash_sheets,
    clinic_board,
    dashboard,
    desk,
    first_free,
    itinerary,
    next_open,
    patient_view,
    presence,
    queue,
    turns,
    week,
)
from services.patient_view import Part
from services.slot_views import slots_view, strip_versions, strip_view
from services.waiting import entries, lists


class View(Protocol):
    """What a room shows. A higher version is newer."""

    @property
    def version(self) -> int:
        """The version of what was read."""
        ...

    @property
    def valid_until(self) -> datetime | None:
        """When the clock alone will change it; None: never."""
        ...


@dataclass(frozen=True)
class Kind:
    """A kind of view. `versions` answers for many rooms of the kind at once, in their order."""

    topic: Callable[[list[str]], str]
    read: Callable[[list[str], datetime], Awaitable[View]]
    versions: Callable[[AsyncConnection, Sequence[list[str]]], Awaitable[list[int]]]


async def _day_versions(connection: AsyncConnection, rooms: Sequence[list[str]]) -> list[int]:
    keys = [(int(doctor_id), date.fromisoformat(day)) for doctor_id, day in rooms]
    query = select(col(DoctorDay.doctor_id), col(DoctorDay.day), col(DoctorDay.version)).where(
        tuple_(col(DoctorDay.doctor_id), col(DoctorDay.day)).in_(keys)
    )
    found = {(row.doctor_id, row.day): row.version for row in await connection.execute(query)}
    return [found.get(key, 0) for key in keys]


async def _account_versions(connection: AsyncConnection, rooms: Sequence[list[str]]) -> list[int]:
    ids = [int(account_id) for (account_id,) in rooms]
    found = await itinerary.versions(connection, ids)
    return [found.get(account_id, 0) for account_id in ids]


async def _patient_versions(connection: AsyncConnection, rooms: Sequence[list[str]]) -> list[int]:
    return await patient_view.versions(connection, [Part.parse(args) for args in rooms])


async def _next_open_versions(connection: AsyncConnection, rooms: Sequence[list[str]]) -> list[int]:
    return [await next_open.version(connection)] * len(rooms)


async def _read_slots(args: list[str], now: datetime) -> Any:
    return await slots_view(int(args[0]), date.fromisoformat(args[1]), now)


async def _read_strip(args: list[str], now: datetime) -> Any:
    return await strip_view(int(args[0]), now)


async def _read_day(args: list[str], now: datetime) -> Any:
    return await dashboard.dashboard(int(args[0]), date.fromisoformat(args[1]), now)


async def _week_versions(connection: AsyncConnection, rooms: Sequence[list[str]]) -> list[int]:
    return await week.versions(connection, [(int(doctor_id), date.fromisoformat(first)) for doctor_id, first in rooms])


async def _read_week(args: list[str], now: datetime) -> Any:
    return await week.week(int(args[0]), date.fromisoformat(args[1]), now)


async def _presence_versions(_connection: AsyncConnection, rooms: Sequence[list[str]]) -> list[int]:
    return await presence.versions([":".join(("presence", *args)) for args in rooms])


async def _read_presence(args: list[str], _now: datetime) -> Any:
    return await presence.people(":".join(("presence", *args)))


async def _read_queue(args: list[str], now: datetime) -> Any:
    return await queue.queue(int(args[0]), date.fromisoformat(args[1]), now)


async def _clinic_versions(connection: AsyncConnection, rooms: Sequence[list[str]]) -> list[int]:
    ids = [int(clinic_id) for (clinic_id,) in rooms]
    found = await clinic_board.versions(connection, ids, clock.now())
    return [found.get(clinic_id, 0) for clinic_id in ids]


async def _read_clinic(args: list[str], now: datetime) -> Any:
    return await clinic_board.clinic_board(int(args[0]), now)


async def _desk_versions(connection: AsyncConnection, rooms: Sequence[list[str]]) -> list[int]:
    return await desk.versions(connection, [desk.Part.parse(args) for args in rooms])


async def _read_desk(args: list[str], now: datetime) -> Any:
    return await desk.desk(desk.Part.parse(args), now)


async def _read_waits(args: list[str], now: datetime) -> Any:
    return await first_free.waits(int(args[0]), now)


async def _cash_versions(connection: AsyncConnection, rooms: Sequence[list[str]]) -> list[int]:
    days = [(int(clinic_id), date.fromisoformat(day)) for clinic_id, day in rooms]
    found = await cash_day.versions(connection, days)
    return [found.get(day, 0) for day in days]


async def _read_cash(args: list[str], _now: datetime) -> Any:
    return await cash_day.cash_day(int(args[0]), date.fromisoformat(args[1]))


async def _waitlist_versions(connection: AsyncConnection, rooms: Sequence[list[str]]) -> list[int]:
    return await lists.versions(connection, [lists.Part.parse(args) for args in rooms])


async def _read_waitlist(args: list[str], _now: datetime) -> Any:
    return await lists.lists(lists.Part.parse(args))


async def _read_turns(args: list[str], now: datetime) -> Any:
    return await turns.turns(int(args[0]), date.fromisoformat(args[1]), now)


async def _read_patient(args: list[str], now: datetime) -> Any:
    return await patient_view.patient_view(Part.parse(args), now)


async def _read_account(args: list[str], now: datetime) -> Any:
    return await itinerary.itinerary(int(args[0]), now)


async def _read_next_open(_args: list[str], now: datetime) -> Any:
    return await next_open.changes(now)


KINDS: dict[str, Kind] = {
    "slots": Kind(lambda args: f"doctor:{args[0]}:{args[1]}", _read_slots, _day_versions),
    "strip": Kind(lambda args: f"doctor:{args[0]}", _read_strip, strip_versions),
    "day": Kind(lambda args: f"doctor:{args[0]}:{args[1]}", _read_day, _day_versions),
    "queue": Kind(lambda args: f"doctor:{args[0]}:{args[1]}", _read_queue, _day_versions),
    "week": Kind(lambda args: f"doctor:{args[0]}", _read_week, _week_versions),
    "turns": Kind(lambda args: f"doctor:{args[0]}:{args[1]}", _read_turns, _day_versions),
    "presence": Kind(lambda args: ":".join(("presence", *args)), _read_presence, _presence_versions),
    "clinic": Kind(lambda args: f"clinic:{args[0]}", _read_clinic, _clinic_versions),
    "desk": Kind(lambda args: f"clinic:{args[0]}", _read_desk, _desk_versions),
    "waits": Kind(lambda args: f"clinic:{args[0]}", _read_waits, _clinic_versions),
    "cash": Kind(lambda args: cash_sheets.topic(int(args[0])), _read_cash, _cash_versions),
    "waitlist": Kind(lambda args: entries.topic(int(args[0])), _read_waitlist, _waitlist_versions),
    "patient": Kind(lambda args: f"patient:{args[0]}", _read_patient, _patient_versions),
    "account": Kind(lambda args: f"account:{args[0]}", _read_account, _account_versions),
    "next-open": Kind(lambda _args: next_open.TOPIC, _read_next_open, _next_open_versions),
}
"""Every kind of room."""


def parse(room: str) -> tuple[Kind, list[str]]:
    """The kind of a room, and its arguments."""
    name, *args = room.split(":")
    return KINDS[name], args


def topic(room: str) -> str:
    """What moves the room's view."""
    kind, args = parse(room)
    return kind.topic(args)
