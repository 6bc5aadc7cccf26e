"""What the desk's grid is told: columns of minutes on the clinic's wall clock, and after that what has changed in them.

The page's own script draws it, and nothing is computed from it here. Each content has a stamp, a hash of itself: a step
says from which of them it leads to which.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import reflex as rx
from babel.dates import format_date

from models.doctor import Mode
from services.desk import Desk
from services.desk_columns import Column, Placed
from services.slots import Span
from state.day_rows import payment
from state.rows import LOCALES, day_time
from state.week_rows import MIDNIGHT, whole_hours

KEPT = 500
"""Columns of which a process keeps what is told of them: ten thousand letters each."""

LISTS: dict[str, Callable[[Any], Any]] = {"open": lambda span: span[0], "placed": lambda cell: cell["id"]}
"""The lists of a column of which a step tells what has changed, by what their members are known."""


@dataclass(frozen=True)
class _Told:
    """A column, and what is told of it. It goes with the column, so that no other has its number meanwhile."""

    column: Column
    values: dict[str, Any]
    text: orjson.Fragment
    stamp: bytes
    span: tuple[int, ...]


_kept: OrderedDict[tuple[int, str], _Told] = OrderedDict()


class LiveDesk(rx.State):
    """`whole` is all columns, as text; `steps` is what has happened to them since, one after the other."""

    version: int = -1
    whole: str = ""
    steps: list[dict[str, Any]] = []


def desk_fields(view: Desk, language: str, now: datetime) -> dict[str, Any]:
    """The fields of LiveDesk for one who has nothing yet."""
    local = now.astimezone(ZoneInfo(view.zone))
    whole = {
        "stamp": _stamp(view, language),
        "minute": local.hour * 60 + local.minute + local.second / 60,
        **_frame(view, language),
        "columns": [_told(each, view.zone, language).text for each in view.columns],
    }
    return {"whole": orjson.dumps(whole).decode(), "steps": []}


def desk_step(view: Desk, befores: Sequence[Desk], language: str, _now: datetime) -> dict[str, Any]:
    """The same for whoever has one of `befores`: what of the columns is otherwise, and which are gone."""
    known = [_values(each, language) for each in befores]
    there, frame = _values(view, language), _frame(view, language)
    changes = [
        _change(key, [each.get(key) for each in known], values)
        for key, values in there.items()
        if any(each.get(key) is not values for each in known)
    ]
    return {
        "since": sorted({_stamp(each, language) for each in befores}),
        "stamp": _stamp(view, language),
        "frame": {} if all(_frame(each, language) == frame for each in befores) else frame,
        "columns": [each for each in changes if len(each) > 1],
        "gone": sorted({key for each in known for key in each} - there.keys()),
    }


def _change(key: str, befores: Sequence[dict[str, Any] | None], values: dict[str, Any]) -> dict[str, Any]:
    """What of a column is otherwise than in any of those that somebody may have; all of it where he may have none."""
    known = [each for each in befores if each is not None]
    if len(known) < len(befores):
        return values
    told = {
        name: value
        for name, value in values.items()
        if name not in LISTS and any(each[name] != value for each in known)
    }
    for name, of in LISTS.items():
        there = {of(each): each for each in values[name]}
        were = [{of(each): each for each in before[name]} for before in known]
        gone = sorted({identity for was in were for identity in was} - there.keys())
        set_ = [each for identity, each in there.items() if any(was.get(identity) != each for was in were)]
        if gone or set_:
            told[name] = {"gone": gone, "set": set_}
    return {"key": key} | told


def _values(view: Desk, language: str) -> dict[str, dict[str, Any]]:
    """What is told of each column, by its key."""
    return {told.values["key"]: told.values for each in view.columns for told in [_told(each, view.zone, language)]}


def _frame(view: Desk, language: str) -> dict[str, Any]:
    """What stands around the columns: of the hours all that they need together."""
    first, last = whole_hours([minute for each in view.columns for minute in _told(each, view.zone, language).span])
    return {
        "clinic": view.part.clinic_id,
        "days": [_day(day, language) for day in _days(view)],
        "today": view.today.isoformat(),
        "grace": int(view.grace.total_seconds() // 60),
        "first": first,
        "last": last,
        "therapists": [[each.id, each.name] for each in view.places if each.kind == "therapist"],
        "rooms": [[each.id, each.name] for each in view.places if each.kind == "room"],
    }


def _stamp(view: Desk, language: str) -> str:
    """The same for whoever shows the same, in whichever process it was read."""
    content = blake2b(orjson.dumps(_frame(view, language)), digest_size=9)
    for each in view.columns:
        content.update(_told(each, view.zone, language).stamp)
    return content.hexdigest()


def _days(view: Desk) -> list[date]:
    return [date.fromordinal(view.part.first.toordinal() + offset) for offset in range(view.part.days)]


def _day(day: date, language: str) -> dict[str, str]:
    return {"day": day.isoformat(), "label": format_date(day, "EEE d MMM", locale=LOCALES[language])}


def _told(column: Column, zone: str, language: str) -> _Told:
    """What is told of it, made once for as long as the services keep it: of a push most of them are as they were."""
    key = id(column), language
    if (known := _kept.get(key)) is None:
        values = _column(column, zone, language)
        text = orjson.dumps(values)
        met = [*(minute for span in values["hours"] for minute in span)]
        met += [minute for cell in values["placed"] for minute in (cell["start"], cell["end"])]
        stamp = blake2b(text, digest_size=9).digest()
        _kept[key] = known = _Told(column, values, orjson.Fragment(text), stamp, (min(met), max(met)) if met else ())
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return known


def _column(column: Column, zone: str, language: str) -> dict[str, Any]:
    minutes = _Wall(column.day, zone)
    return {
        "key": f"{column.doctor_id}:{column.day}",
        "doctor": column.doctor_id,
        "name": column.doctor,
        "day": column.day.isoformat(),
        "late": int(column.delay.total_seconds() // 60),
        "hours": [minutes.span(each) for each in column.hours],
        "off": [
            *(["pause", *minutes.span(each), ""] for each in column.pauses),
            *(
                ["leave" if each.name is None else "closed", *minutes.of(each.starts_at, each.ends_at), each.name or ""]
                for each in column.away
            ),
        ],
        "open": [minutes.span(each) for each in column.open],
        "placed": [_placed(each, minutes, language) for each in column.placed],
    }


def _placed(each: Placed, minutes: "_Wall", language: str) -> dict[str, Any]:
    """What is nothing or no is left out: there are a thousand of them."""
    start, end = minutes.of(each.starts_at, each.ends_at)
    told = {"id": str(each.id), "version": each.version, "start": start, "end": end, "status": each.status}
    more = {
        "patient": each.patient,
        "patientId": each.patient_id,
        "token": each.token,
        "video": each.mode == Mode.VIDEO,
        "urgent": each.is_emergency,
        "therapist": each.therapist_id,
        "room": each.room_id,
        "until": day_time(each.held_until, minutes.zone.key, language) if each.is_offered and each.held_until else "",
        **payment(each.due, each.status, language),
    }
    return told | {name: value for name, value in more.items() if value}


class _Wall:
    """Instants as minutes of one day's wall clock; what ends with the day, or after it, ends at its last."""

    def __init__(self, day: date, zone: str) -> None:
        self.day, self.zone = day, ZoneInfo(zone)

    def of(self, *moments: datetime) -> list[int]:
        return [self._minute(each) for each in moments]

    def span(self, span: Span) -> list[int]:
        return self.of(span.starts_at, span.ends_at)

    def _minute(self, moment: datetime) -> int:
        local = moment.astimezone(self.zone)
        if local.date() != self.day:
            return MIDNIGHT if local.date() > self.day else 0
        return local.hour * 60 + local.minute
