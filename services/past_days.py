"""What past days say of the next: how long visits take, who is late, who does not come; pure, from recorded visits.

Each number is drawn from the doctor's own days, and where they are few, towards those of his house; where both are few,
towards what is plainly assumed here. Lengths are log-normal: `mean` and `spread` are of the logarithm of minutes.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from models.appointment import Status
from services.queue_rule import is_walk_in

Minutes = npt.NDArray[np.float32]

OWN, HOUSE = 12, 12
"""How many visits of the house weigh as much as one's own say, and of the plain assumption as much as the house's."""

PLAIN_SPREAD = 0.5

LONGEST = 240.0
"""A visit that is recorded as longer was not ended when it was over."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One of the past, as it was recorded; `slot` in minutes."""

    doctor_id: int
    visit_type: str
    slot: float
    starts_at: datetime
    status: str
    is_walk_in: bool
    is_emergency: bool
    checked_in_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, recorded: Any) -> "Visit":
        """Of an appointment's columns, whoever has them: a row of the book, or a booking of a board."""
        return cls(
            doctor_id=recorded.doctor_id,
            visit_type=recorded.visit_type,
            slot=(recorded.ends_at - recorded.starts_at).total_seconds() / 60,
            starts_at=recorded.starts_at,
            status=recorded.status,
            is_walk_in=is_walk_in(recorded),
            is_emergency=recorded.is_emergency,
            checked_in_at=recorded.checked_in_at,
            started_at=recorded.started_at,
            ended_at=recorded.ended_at,
        )


def _plain_lateness() -> Minutes:
    """Where nothing is known: ten minutes early on the whole, a few far too late."""
    return np.sort(np.concatenate([np.linspace(-30, 10, 45), np.linspace(10, 45, 8)])).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class History:
    """What is known of a doctor; by default only what may be assumed of any.

    `lateness` are minutes after their time at which the booked come, sorted; `begins_late` the same of the doctor at
    the start of his hours. Rates are by hour of his hours. `hours` adds to `mean` at an hour of the wall clock; whole
    days are slower or faster by `day_spread`.
    """

    mean: Mapping[str, float] = field(default_factory=dict)
    spread: Mapping[str, float] = field(default_factory=dict)
    hours: Mapping[int, float] = field(default_factory=dict)
    day_spread: float = 0.12
    between: float = 1.0
    lateness: Minutes = field(default_factory=_plain_lateness)
    no_show: float = 0.1
    walk_ins: float = 0.5
    emergencies: float = 0.1
    begins_late: Minutes = field(default_factory=lambda: np.linspace(0, 20, 20, dtype=np.float32))

    def mean_of(self, visit_type: str, slot: float) -> float:
        """The middle of the logarithm; where nothing is known, of a little less than the time that is set aside."""
        return self.mean.get(visit_type, math.log(max(slot, 5.0) * 0.85) - PLAIN_SPREAD**2 / 2)

    def spread_of(self, visit_type: str) -> float:
        """How far the logarithms lie from the middle of their day."""
        return self.spread.get(visit_type, PLAIN_SPREAD)


NOTHING = History()


def learn(visits: Sequence[Visit], doctor_id: int, zone: str, opens: Mapping[date, Sequence[datetime]]) -> History:
    """Of a doctor, by visits of his and of his house's; `opens` has when his hours began on each date."""
    own = [visit for visit in visits if visit.doctor_id == doctor_id]
    if not visits:
        return NOTHING
    tz = ZoneInfo(zone)
    mean = {kind: _mean(kind, own, visits) for kind in {visit.visit_type for visit in visits if _length(visit)}}
    rest = [
        (visit, visit.started_at.astimezone(tz).hour, length - mean[visit.visit_type])
        for visit in own
        if (length := _log(visit)) is not None and visit.started_at is not None
    ]
    hours = _by_hour([(hour, value) for _, hour, value in rest])
    left = [(visit, value - hours.get(hour, 0.0)) for visit, hour, value in rest]
    spread, day_spread = _spreads(left, tz)
    days = {visit.starts_at.astimezone(tz).date() for visit in own}
    sat = sum(8.0 if not opens.get(day) else 4.0 * len(opens[day]) for day in days)
    return History(
        mean=mean,
        spread=spread,
        hours=hours,
        day_spread=day_spread,
        between=_between(own, tz),
        lateness=_lateness(own, visits),
        no_show=_no_show(own, visits),
        walk_ins=(sum(visit.is_walk_in for visit in own) + 0.5 * 8) / (sat + 8),
        emergencies=(sum(visit.is_emergency for visit in own) + 0.1 * 8) / (sat + 8),
        begins_late=_begins_late(own, tz, opens),
    )


def _length(visit: Visit) -> float | None:
    if visit.status != Status.COMPLETED or visit.started_at is None or visit.ended_at is None:
        return None
    minutes = (visit.ended_at - visit.started_at).total_seconds() / 60
    return minutes if 0.5 <= minutes <= LONGEST else None


def _log(visit: Visit) -> float | None:
    length = _length(visit)
    return None if length is None else math.log(length)


def _mean(kind: str, own: Sequence[Visit], house: Sequence[Visit]) -> float:
    of_house = [value for visit in house if visit.visit_type == kind and (value := _log(visit)) is not None]
    of_own = [value for visit in own if visit.visit_type == kind and (value := _log(visit)) is not None]
    slots = [visit.slot for visit in house if visit.visit_type == kind and not visit.is_walk_in]
    plain = NOTHING.mean_of("", float(np.median(slots)) if slots else 20.0)
    wider = (sum(of_house) + HOUSE * plain) / (len(of_house) + HOUSE)
    return (sum(of_own) + OWN * wider) / (len(of_own) + OWN)


def _by_hour(rest: Iterable[tuple[int, float]]) -> dict[int, float]:
    found: dict[int, list[float]] = defaultdict(list)
    for hour, value in rest:
        found[hour].append(value)
    return {hour: sum(values) / (len(values) + 2 * OWN) for hour, values in found.items()}


def _spreads(left: Sequence[tuple[Visit, float]], tz: ZoneInfo) -> tuple[dict[str, float], float]:
    """Of one visit within its day, by its kind, and of whole days."""
    days: dict[date, list[tuple[str, float]]] = defaultdict(list)
    for visit, value in left:
        days[visit.starts_at.astimezone(tz).date()].append((visit.visit_type, value))
    squares: dict[str, list[float]] = defaultdict(list)
    between = []
    for values in days.values():
        if (many := len(values)) > 1:
            middle = sum(value for _, value in values) / many
            for kind, value in values:
                squares[kind].append((value - middle) ** 2 * many / (many - 1))
            between.append((middle, many))
    spread = {
        kind: math.sqrt((sum(found) + OWN * PLAIN_SPREAD**2) / (len(found) + OWN)) for kind, found in squares.items()
    }
    everybody = [square for found in squares.values() for square in found]
    within = sum(everybody) / len(everybody) if everybody else PLAIN_SPREAD**2
    of_days = sum(middle**2 - within / many for middle, many in between)
    of_days = (of_days + 10 * NOTHING.day_spread**2) / (len(between) + 10)
    return spread, math.sqrt(max(of_days, 0.0))


def _between(own: Sequence[Visit], tz: ZoneInfo) -> float:
    """Minutes between one who goes and the next who waits already."""
    days: dict[date, list[Visit]] = defaultdict(list)
    for visit in own:
        if visit.started_at is not None and visit.ended_at is not None and visit.checked_in_at is not None:
            days[visit.started_at.astimezone(tz).date()].append(visit)
    gaps = []
    for seen in days.values():
        seen.sort(key=lambda visit: visit.started_at or visit.starts_at)
        for one, following in pairwise(seen):
            assert one.ended_at
            assert following.started_at
            assert following.checked_in_at
            if following.checked_in_at <= one.ended_at <= following.started_at:
                gaps.append(min((following.started_at - one.ended_at).total_seconds() / 60, 15.0))
    return float((np.sum(gaps) + OWN * NOTHING.between) / (len(gaps) + OWN))


def _lateness(own: Sequence[Visit], house: Sequence[Visit]) -> Minutes:
    def of(visits: Sequence[Visit]) -> list[float]:
        return [
            (visit.checked_in_at - visit.starts_at).total_seconds() / 60
            for visit in visits
            if visit.checked_in_at is not None and not visit.is_walk_in and not visit.is_emergency
        ]

    found = of(own) if len(own) > 10 * OWN else of(house)
    kept = found[:2000] if len(found) >= 60 else [*found, *NOTHING.lateness]
    return np.sort(np.clip(np.array(kept, dtype=np.float32), -120, 120))


def _no_show(own: Sequence[Visit], house: Sequence[Visit]) -> float:
    def of(visits: Sequence[Visit]) -> tuple[int, int]:
        due = [visit for visit in visits if not visit.is_walk_in and not visit.is_emergency]
        return sum(visit.status == Status.NO_SHOW for visit in due), len(due)

    missed, due = of(house)
    wider = (missed + 30 * NOTHING.no_show) / (due + 30)
    missed, due = of(own)
    return (missed + 60 * wider) / (due + 60)


def _begins_late(own: Sequence[Visit], tz: ZoneInfo, opens: Mapping[date, Sequence[datetime]]) -> Minutes:
    """How late after the start of his hours he calls the first, where somebody was there to be called."""
    found = []
    days: dict[date, list[Visit]] = defaultdict(list)
    for visit in own:
        if visit.started_at is not None and visit.checked_in_at is not None:
            days[visit.started_at.astimezone(tz).date()].append(visit)
    for day, visits in days.items():
        for begins in opens.get(day, ()):
            first = min((v for v in visits if (v.started_at or v.starts_at) >= begins), key=_started, default=None)
            if first is not None and first.checked_in_at is not None and first.checked_in_at <= begins:
                found.append((_started(first) - begins).total_seconds() / 60)
    kept = [minutes for minutes in found if minutes <= 90]
    return np.sort(np.array([*kept, *(NOTHING.begins_late if len(kept) < 10 else ())], dtype=np.float32))


def _started(visit: Visit) -> datetime:
    return visit.started_at or visit.starts_at
