"""What the desk's grid is told: columns of minutes on the clinic's wall clock, and after that the changed ones only.

It goes as text: the page's own script draws it, and nothing is computed from it here.
"""

from collections import OrderedDict
from datetime import date, datetime
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
from state.rows import LOCALES
from state.week_rows import MIDNIGHT, whole_hours

KEPT = 500
"""Columns whose text a process keeps: ten thousand letters each."""

_kept: OrderedDict[tuple[int, str], tuple[Column, orjson.Fragment]] = OrderedDict()


class LiveDesk(rx.State):
    """`whole` is all columns; `change` those that have changed since the version that it names."""

    version: int = -1
    whole: str = ""
    change: str = ""


def desk_fields(view: Desk, language: str, now: datetime) -> dict[str, Any]:
    """The fields of LiveDesk for one who has nothing yet."""
    local = now.astimezone(ZoneInfo(view.zone))
    first, last = _span(view)
    whole = {
        "version": view.version,
        "days": [_day(day, language) for day in _days(view)],
        "today": local.date().isoformat(),
        "minute": local.hour * 60 + local.minute + local.second / 60,
        "grace": int(view.grace.total_seconds() // 60),
        "first": first,
        "last": last,
        "therapists": [[each.id, each.name] for each in view.places if each.kind == "therapist"],
        "rooms": [[each.id, each.name] for each in view.places if each.kind == "room"],
        "columns": [_told(each, view.zone, language) for each in view.columns],
    }
    return {"whole": _text(whole), "change": ""}


def desk_change(view: Desk, before: Desk, language: str, _now: datetime) -> dict[str, Any]:
    """The same for one who has at least `before`: which columns are otherwise, and which are gone."""
    known = {(each.doctor_id, each.day): each for each in before.columns}
    there = {(each.doctor_id, each.day) for each in view.columns}
    change = {
        "since": before.version,
        "version": view.version,
        "columns": [
            _told(each, view.zone, language) for each in view.columns if known.get((each.doctor_id, each.day)) != each
        ],
        "gone": [_key(*key) for key in sorted(known.keys() - there)],
    }
    return {"change": _text(change)}


def _days(view: Desk) -> list[date]:
    return [date.fromordinal(view.part.first.toordinal() + offset) for offset in range(view.part.days)]


def _day(day: date, language: str) -> dict[str, str]:
    return {"day": day.isoformat(), "label": format_date(day, "EEE d MMM", locale=LOCALES[language])}


def _told(column: Column, zone: str, language: str) -> orjson.Fragment:
    """The column as text, made once for as long as the services keep it: of a push most of them are as they were."""
    key = id(column), language
    if key not in _kept:
        # The column goes with its text, so that no other has its number meanwhile.
        _kept[key] = column, orjson.Fragment(orjson.dumps(_column(column, zone, language)))
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key][1]


def _column(column: Column, zone: str, language: str) -> dict[str, Any]:
    minutes = _Wall(column.day, zone)
    return {
        "key": _key(column.doctor_id, column.day),
        "doctor": column.doctor_id,
        "name": column.doctor,
        "day": column.day.isoformat(),
        "version": column.version,
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


def _span(view: Desk) -> tuple[int, int]:
    """The whole hours that all columns need together."""
    met = [
        minute
        for column in view.columns
        for wall in [_Wall(column.day, view.zone)]
        for each in (*column.hours, *column.placed)
        for minute in wall.of(each.starts_at, each.ends_at)
    ]
    return whole_hours(met)


def _key(doctor_id: int, day: date) -> str:
    return f"{doctor_id}:{day}"


def _text(told: dict[str, Any]) -> str:
    return orjson.dumps(told).decode()
