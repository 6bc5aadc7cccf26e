"""What a clinic's waitlists show: words, in the reader's language and on the clinic's wall clock."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import reflex as rx
from babel.dates import format_date, format_time, get_day_names

from core.words import N_, words
from services.waiting.fits import Misfit
from services.waiting.lists import Line, Lists
from services.waiting.waiters import Waiter
from state.rows import LOCALES, day_time, opening

MISFITS = {
    Misfit.DAY: N_("another day was wished"),
    Misfit.WEEKDAY: N_("another weekday was wished"),
    Misfit.MODE: N_("another way of visit was wished"),
    Misfit.VISIT: N_("the visit takes another length"),
    Misfit.HOUR: N_("another hour was wished"),
    Misfit.TOO_NEAR: N_("too near to answer"),
    Misfit.OFFERED_BEFORE: N_("was offered it before"),
    Misfit.OFFERED_ELSEWHERE: N_("is being offered another time"),
    Misfit.THAT_DAY: N_("has a visit that day"),
    Misfit.BUSY: N_("has another appointment then"),
    Misfit.OUT_OF_TURN: N_("another was chosen by the staff"),
}
"""Why one was passed over, in words."""

MODES = {"in_person": N_("At the clinic"), "video": N_("By video")}


@dataclass(frozen=True)
class OfferRow:
    """A time that somebody is being offered, and `until` when he may answer."""

    id: str
    doctor: str
    time: str
    patient: str
    until: str


@dataclass(frozen=True)
class WaiterRow:
    """One who waits; `heading` where the list of another doctor begins; `skips` are the last times of another."""

    id: str
    heading: str
    doctor_id: str
    place: str
    patient: str
    wish: str
    since: str
    offered: str
    is_displaced: bool
    skips: list[str]


class LiveWaitlist(rx.State):
    """Who is offered what until when, and who waits."""

    version: int = -1
    offers: list[OfferRow] = []
    waiters: list[WaiterRow] = []


def waitlist_fields(view: Lists, language: str, now: datetime) -> dict[str, Any]:
    """The fields of LiveWaitlist."""
    rows, last = [], 0
    for line in view.lines:
        rows.append(_waiter(line, language, now, is_first=line.waiter.doctor_id != last))
        last = line.waiter.doctor_id
    return {"offers": [_offer(line.waiter, language, now) for line in view.offered], "waiters": rows}


def _offer(waiter: Waiter, language: str, now: datetime) -> OfferRow:
    return OfferRow(
        id=str(waiter.offer_id or ""),
        doctor=waiter.doctor,
        time=opening(waiter.starts_at, waiter.zone, language, now),
        patient=waiter.patient,
        until=day_time(waiter.answer_by, waiter.zone, language) if waiter.answer_by else "",
    )


def _waiter(line: Line, language: str, now: datetime, *, is_first: bool) -> WaiterRow:
    waiter, gettext = line.waiter, words(language).gettext
    return WaiterRow(
        id=str(waiter.entry_id),
        heading=waiter.doctor if is_first else "",
        doctor_id=str(waiter.doctor_id),
        place=str(waiter.position),
        patient=waiter.patient,
        wish=_wish(waiter, language),
        since=opening(waiter.created_at, waiter.zone, language, now),
        offered=opening(waiter.starts_at, waiter.zone, language, now),
        is_displaced=waiter.is_displaced,
        skips=[
            f"{opening(skip.starts_at, waiter.zone, language, now)}: {gettext(MISFITS[Misfit(skip.reason)])}"
            for skip in line.skips
        ],
    )


def _wish(waiter: Waiter, language: str) -> str:
    """`1 – 14 Dec · Mon, Wed · after 4:00 pm · Video`."""
    gettext, locale = words(language).gettext, LOCALES[language]
    parts = [_days(waiter.first_day, waiter.last_day, locale)]
    if waiter.weekdays:
        names = get_day_names("abbreviated", locale=locale)
        parts.append(", ".join(names[day] for day in sorted(waiter.weekdays)))
    if waiter.earliest:
        parts.append(gettext("after {time}").format(time=_wall(waiter.earliest, locale)))
    if waiter.latest:
        parts.append(gettext("up to {time}").format(time=_wall(waiter.latest, locale)))
    parts.append(gettext(MODES.get(waiter.mode, waiter.mode)))
    return " · ".join(parts)


def _days(first: date, last: date, locale: str) -> str:
    begins, ends = (format_date(day, "d MMM", locale=locale) for day in (first, last))
    return begins if first == last else f"{begins} – {ends}"


def _wall(at: time, locale: str) -> str:
    return format_time(at, "h:mm a", locale=locale).replace("\u202f", " ")
