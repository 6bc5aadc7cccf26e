"""Whether a time is what one who waits has asked for, and whether he can have it: the rules, without the database."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from models import WaitlistEntry
from services.slots import Slot, Span

ANSWER_WITHIN = timedelta(minutes=15)
"""How long a person has to answer an offer; never beyond the time itself."""

SHORTEST = timedelta(minutes=5)
"""A time so near that there would be less than this to answer is not offered."""


class Misfit(StrEnum):
    """Why one who waits is passed over."""

    DAY = "other_days"
    WEEKDAY = "other_weekday"
    MODE = "other_mode"
    VISIT = "other_visit"
    HOUR = "other_hour"
    TOO_NEAR = "too_near"
    OFFERED_BEFORE = "offered_before"
    OFFERED_ELSEWHERE = "offered_elsewhere"
    THAT_DAY = "has_that_day"
    BUSY = "patient_busy"
    OUT_OF_TURN = "out_of_turn"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What keeps one who waits from times that he would like: his other appointments, and earlier offers."""

    busy: tuple[Span, ...] = ()
    days: frozenset[date] = frozenset()
    offered: frozenset[datetime] = frozenset()
    is_offered_elsewhere: bool = False


def answer_by(slot: Slot, now: datetime) -> datetime:
    """Until when an offer of that time stands."""
    return min(now + ANSWER_WITHIN, slot.starts_at)


def unlike_wish(entry: WaitlistEntry, slot: Slot, day: date, zone: str) -> Misfit | None:
    """What of the wish the time does not meet; `earliest` and `latest` are when a visit may begin, in `zone`."""
    wall = slot.starts_at.astimezone(ZoneInfo(zone)).time()
    if not entry.first_day <= day <= entry.last_day:
        return Misfit.DAY
    if entry.weekdays and day.weekday() not in entry.weekdays:
        return Misfit.WEEKDAY
    if entry.mode not in slot.modes:
        return Misfit.MODE
    if (entry.earliest and wall < entry.earliest) or (entry.latest and wall > entry.latest):
        return Misfit.HOUR
    return None


def out_of_reach(standing: Standing, slot: Slot, day: date, now: datetime) -> Misfit | None:
    """What keeps the person from a time that he would like."""
    if answer_by(slot, now) - now < SHORTEST:
        return Misfit.TOO_NEAR
    if slot.starts_at in standing.offered:
        return Misfit.OFFERED_BEFORE
    if standing.is_offered_elsewhere:
        return Misfit.OFFERED_ELSEWHERE
    if day in standing.days:
        return Misfit.THAT_DAY
    if any(span.meets(slot.starts_at, slot.ends_at) for span in standing.busy):
        return Misfit.BUSY
    return None
