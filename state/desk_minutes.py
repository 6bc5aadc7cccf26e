"""The desk's grid speaks of days and minutes on the clinic's wall clock: here they are made instants, and back."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from core import clock
from core.errors import Invalid
from services.orders import WallClock
from services.reach import Opening
from services.walls import instant
from state import address
from state.typed import count_of, number_of
from state.week_rows import MIDNIGHT


def wall_clock(day: Any, minute: Any) -> WallClock:
    """That minute of that day. Raises Invalid."""
    known = address.day_of(day)
    if known is None or type(minute) is not int or not 0 <= minute < MIDNIGHT:
        raise Invalid(field="minute")
    return WallClock(known, time(minute // 60, minute % 60))


def moment(day: Any, minute: Any, zone: str) -> datetime:
    """The same as an instant. Raises Invalid."""
    wall = wall_clock(day, minute)
    return instant(wall.day, wall.time, zone)


def held(what: Any) -> str:
    """What somebody has in his hand, as the others are told: an appointment's number, or `17:2026-12-01:600`.

    That is a doctor's open time. Raises Invalid.
    """
    parts = what.split(":") if type(what) is str else []
    if len(parts) != 3:
        return str(number_of(what))
    doctor, day, minute = parts
    begins = wall_clock(day, count_of(minute))
    return f"{count_of(doctor)}:{begins.day}:{begins.time.hour * 60 + begins.time.minute}"


def told(about: UUID, found: Iterable[tuple[str, Opening]], zone: str) -> str:
    """The open starts and ends for what is in the hand, by column; whose that is comes with each."""
    open_: dict[str, list[list[int]]] = {}
    for whose, each in found:
        open_.setdefault(f"{whose}:{each.day}", []).append(
            [_minute(each.starts_at, each.day, ZoneInfo(zone)), _minute(each.ends_at, each.day, ZoneInfo(zone))]
        )
    # Told anew even where it is the same as the last: the screen has let go of that.
    return orjson.dumps({"id": str(about), "open": open_, "at": clock.now().isoformat()}).decode()


def _minute(moment: datetime, day: date, zone: ZoneInfo) -> int:
    """Of that day's wall clock; what ends with the day ends at its last."""
    local = moment.astimezone(zone)
    return local.hour * 60 + local.minute + (MIDNIGHT if local.date() > day else 0)
