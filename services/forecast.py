"""When each patient is expected to go in: the rest of the day played out many times, by what is known of the doctor.

Nothing is random to whoever asks: the same day at the same version and moment gives the same answer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import NormalDist
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from models.appointment import Status
from services.days import Booking, DoctorDayBoard
from services.past_days import History
from services.played_out import NEVER, Chances, Grid, play
from services.queue_rule import Place, is_walk_in

SAMPLES = 200
QUANTILES = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
FEWEST = 8
"""Days in which he comes, of all that were played, for his range to say anything."""

URGENT, LAST = np.float32(-1e6), np.float32(1e6)
DEVIATIONS = np.linspace(-6, 6, 2401)
BELOW = np.array([NormalDist().cdf(each) for each in DEVIATIONS.tolist()])
"""The normal distribution: what share lies below so many deviations. What lies between two is a straight line."""

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """When a patient is expected to go in, if he comes, or a day to be over; all instants in UTC.

    `likely` is the range that holds for every second one, `nearly_sure` for nine of ten.
    """

    median: datetime
    likely: tuple[datetime, datetime]
    nearly_sure: tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """Of one day: by appointment, and when it will be over."""

    expected: dict[UUID, Expected]
    ends: Expected | None


UNTOLD = Forecast(expected={}, ends=None)
"""Of a day of which nothing is ahead."""


def forecast(day: DoctorDayBoard, now: datetime, known: History) -> Forecast:
    """Of a day that is not over."""
    chance = np.random.default_rng([day.doctor_id, day.day.toordinal(), day.version])
    here = [place.booking for place in day.line]
    to_come = [booking for booking in day.bookings if booking.status == Status.BOOKED]
    people = [*here, *to_come]
    sits = [(_minutes(opens, now), _minutes(closes, now)) for opens, closes in day.sits]
    pace = _pace(day, known, chance)
    coming, late = _arrivals(to_come, now, day, known, chance)
    walk_ins = _at_random(known.walk_ins, sits, chance)
    urgent = _at_random(known.emergencies, sits, chance)
    present = np.full((SAMPLES, len(here)), 0, dtype=np.float32)
    arrives = np.concatenate([present, coming, walk_ins, urgent], axis=1)
    comes_late = _drawn(known.begins_late, chance)
    free_at = _free_at(day, here, to_come, now, sits, known, pace, comes_late, chance)
    takes = _lengths(people, walk_ins.shape[1] + urgent.shape[1], now, day, known, pace, chance)
    # Who comes late lets so many go first; where nobody else waits he need not.
    usual = np.float32(math.exp(np.mean([known.mean_of(b.visit_type, _slot(b)) for b in people]))) if people else 15
    lets = np.where(late, day.rule.late_after * usual, 0).astype(np.float32)
    counts = np.concatenate([present, coming + lets, walk_ins, urgent], axis=1)
    turn = _turns(day.line, to_come, coming, walk_ins, urgent, now, day.rule.walk_in_after)
    rests = tuple((closes, opens) for (_, closes), (opens, _) in pairwise(sits) if opens > closes and opens > 0)
    if sits and sits[0][0] > 0:
        rests = ((-1e5, sits[0][0]), *rests)
    chances = Chances(
        here=len(here),
        to_come=len(to_come),
        arrives=arrives,
        counts_from=counts,
        turn=turn,
        takes=takes,
        free_at=free_at,
        comes_late=comes_late,
        rests=rests,
    )
    goes_in, over = play(chances)
    found = _ranges(goes_in, now)
    expected = {booking.id: each for booking, each in zip(people, found, strict=True) if each is not None}
    return Forecast(expected=expected, ends=_ranges(over[:, None], now)[0])


def _minutes(moment: datetime, now: datetime) -> float:
    return (moment - now) / MINUTE


def _slot(booking: Booking) -> float:
    return (booking.ends_at - booking.starts_at) / MINUTE


def _drawn(sorted_values: Grid, chance: np.random.Generator, size: int = SAMPLES) -> Grid:
    return sorted_values[chance.integers(0, len(sorted_values), size)]


def _pace(day: DoctorDayBoard, known: History, chance: np.random.Generator) -> Grid:
    """How much slower or faster this day is than others, in logarithms, by those who have been in already."""
    zone = ZoneInfo(day.zone)
    seen = [
        math.log((each.ended_at - each.started_at) / MINUTE)
        - known.mean_of(each.visit_type, _slot(each))
        - known.hours.get(each.started_at.astimezone(zone).hour, 0.0)
        for each in day.bookings
        if each.status == Status.COMPLETED and each.started_at and each.ended_at
        if each.ended_at - each.started_at > MINUTE / 2
    ]
    own, one = known.day_spread**2, known.spread_of("follow_up") ** 2
    weight = own / (len(seen) * own + one) if own else 0.0
    middle, left = weight * sum(seen), math.sqrt(own * max(0.0, 1 - weight * len(seen)))
    return (middle + left * chance.standard_normal(SAMPLES, dtype=np.float32)).astype(np.float32)


def _arrivals(
    to_come: Sequence[Booking], now: datetime, day: DoctorDayBoard, known: History, chance: np.random.Generator
) -> tuple[Grid, npt.NDArray[np.bool_]]:
    """When those come who are not here, and who of them is late; the longer one is overdue, the less he comes."""
    own = np.array([_minutes(each.starts_at, now) for each in to_come], dtype=np.float32)
    past = np.searchsorted(known.lateness, -own, side="right")
    left = len(known.lateness) - past
    # One in a hundred more comes later than was ever seen.
    still = (1 - known.no_show) * (left + 0.5) / (len(known.lateness) + 0.5)
    comes = np.maximum(still / (known.no_show + still), 0.05)
    which = past + (chance.random((SAMPLES, len(to_come))) * (left + 0.5)).astype(int)
    seen = known.lateness[np.minimum(which, len(known.lateness) - 1)] + own
    beyond = (10 * chance.standard_exponential((SAMPLES, len(to_come)), dtype=np.float32)).astype(np.float32)
    arrives = np.where(which >= len(known.lateness), np.maximum(seen, 0) + beyond, np.maximum(seen, 0))
    arrives = np.where(chance.random((SAMPLES, len(to_come))) < comes, arrives, NEVER).astype(np.float32)
    return arrives, arrives > own + day.rule.grace_minutes


def _at_random(rate: float, sits: Sequence[tuple[float, float]], chance: np.random.Generator) -> Grid:
    """Who comes without being booked, at so many an hour, while the doctor sits; NEVER after that."""
    ahead = [(max(opens, 0.0), closes) for opens, closes in sits if closes > 0]
    open_for = sum(closes - opens for opens, closes in ahead)
    usual = rate * open_for / 60
    columns = math.ceil(usual + 2 * math.sqrt(usual)) if usual > 0.02 else 0
    if not columns:
        return np.empty((SAMPLES, 0), dtype=np.float32)
    gaps = chance.standard_exponential((SAMPLES, columns), dtype=np.float32) * np.float32(60 / rate)
    passed = np.cumsum(gaps, axis=1)
    at = np.concatenate([[0.0], np.cumsum([closes - opens for opens, closes in ahead])])
    found = np.full(passed.shape, NEVER, dtype=np.float32)
    for (opens, _), since, until in zip(ahead, at, at[1:], strict=False):
        found = np.where((passed >= since) & (passed < until), opens + passed - since, found).astype(np.float32)
    return found


def _free_at(
    day: DoctorDayBoard,
    here: Sequence[Booking],
    to_come: Sequence[Booking],
    now: datetime,
    sits: Sequence[tuple[float, float]],
    known: History,
    pace: Grid,
    comes_late: Grid,
    chance: np.random.Generator,
) -> Grid:
    """When the doctor can call the next."""
    inside = next((each for each in day.bookings if each.status == Status.IN_CONSULTATION), None)
    if inside is not None:
        free = _left(inside, now, day, known, pace, chance) + _between(known, chance)
    else:
        free = _between(known, chance) * np.float32(1 if here else 0)
        starts = [_minutes(each.started_at, now) for each in day.bookings if each.started_at]
        for opens, closes in sits:
            if (
                opens <= 0 < closes
                and not any(opens <= start for start in starts)
                and opens > known.begins_late[-1] * -1
            ):
                kept = known.begins_late[known.begins_late > -opens]
                free = np.maximum(free, _drawn(kept, chance) + np.float32(opens)).astype(np.float32)
        ahead = [opens for opens, _ in sits if opens > 0]
        if ahead and not any(opens <= 0 < closes for opens, closes in sits):
            free = np.maximum(free, comes_late + np.float32(min(ahead))).astype(np.float32)
    if day.delay and (due := [_minutes(each.starts_at, now) for each in (*here, *to_come) if not is_walk_in(each)]):
        free = np.maximum(free, np.float32(min(due) + day.delay / MINUTE))
    return free.astype(np.float32)


def _between(known: History, chance: np.random.Generator) -> Grid:
    return (known.between * (2 * chance.random(SAMPLES))).astype(np.float32)


def _left(
    inside: Booking, now: datetime, day: DoctorDayBoard, known: History, pace: Grid, chance: np.random.Generator
) -> Grid:
    """How long the one who is in still takes, given how long he has been."""
    began = inside.started_at or now
    hour = began.astimezone(ZoneInfo(day.zone)).hour
    mean = known.mean_of(inside.visit_type, _slot(inside)) + known.hours.get(hour, 0.0) + pace
    been = max((now - began) / MINUTE, 0.1)
    drawn = (chance.permutation(SAMPLES) + 0.5) / SAMPLES
    spread = known.spread_of(inside.visit_type)
    below = np.interp((math.log(been) - mean) / spread, DEVIATIONS, BELOW)
    rest = np.exp(mean + spread * np.interp(below + drawn * (1 - below), BELOW, DEVIATIONS)) - been
    # Longer than anybody: what is left grows with what has been.
    beyond = -np.log(1 - drawn) * been / 4
    return np.maximum(np.where(below > 0.995, beyond, rest), 0.2).astype(np.float32)


def _lengths(
    people: Sequence[Booking],
    others: int,
    now: datetime,
    day: DoctorDayBoard,
    known: History,
    pace: Grid,
    chance: np.random.Generator,
) -> Grid:
    zone = ZoneInfo(day.zone)
    means = [
        known.mean_of(each.visit_type, _slot(each))
        + known.hours.get(max(each.starts_at, now).astimezone(zone).hour, 0.0)
        for each in people
    ]
    means += [known.mean_of("follow_up", 15.0)] * others
    kinds = [each.visit_type for each in people] + ["follow_up"] * others
    spreads = np.array([known.spread_of(kind) for kind in kinds], dtype=np.float32)
    drawn = chance.standard_normal((SAMPLES, len(means)), dtype=np.float32)
    # No visit is so long that it would stand for half a day.
    lengths = np.exp(np.array(means, dtype=np.float32) + pace[:, None] + spreads * drawn)
    return (np.minimum(lengths, 180) + _between(known, chance)[:, None]).astype(np.float32)


def _turns(
    line: Sequence[Place[Booking]],
    to_come: Sequence[Booking],
    coming: Grid,
    walk_ins: Grid,
    urgent: Grid,
    now: datetime,
    walk_in_after: int,
) -> Grid:
    """The place of each among those who wait, as a time: his own, or of whom he lets go first."""
    in_order = np.sort(coming, axis=1)
    last = np.full((SAMPLES, 1), LAST, dtype=np.float32)
    by_number = np.concatenate([in_order, np.repeat(last, walk_in_after + 1, axis=1)], axis=1)
    by_number = np.where(np.isinf(by_number), LAST, by_number).astype(np.float32)
    here = np.empty((SAMPLES, len(line)), dtype=np.float32)
    for n, place in enumerate(line):
        if place.booking.is_emergency:
            here[:, n] = URGENT
        elif place.turn is not None:
            here[:, n] = _minutes(place.turn, now)
        else:
            here[:, n] = by_number[:, min(max(walk_in_after - place.passed, 0), by_number.shape[1] - 1)]
    here = np.maximum.accumulate(here, axis=1) + np.arange(len(line), dtype=np.float32) * np.float32(1e-3)
    own = np.array([_minutes(each.starts_at, now) for each in to_come], dtype=np.float32)
    came_before = (in_order[:, None, :] <= walk_ins[:, :, None]).sum(axis=2) + walk_in_after
    after = by_number[np.arange(SAMPLES)[:, None], np.minimum(came_before, by_number.shape[1] - 1)]
    booked = np.broadcast_to(own, coming.shape)
    return np.concatenate([here, booked, after, np.full_like(urgent, URGENT + 1)], axis=1).astype(np.float32)


def _ranges(goes_in: Grid, now: datetime) -> list[Expected | None]:
    found: list[Expected | None] = []
    ordered = np.sort(goes_in, axis=0)
    known = np.isfinite(ordered).sum(axis=0)
    place = np.maximum(known - 1, 0)[None, :] * QUANTILES[:, None]
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(known - 1, 0)[None, :])
    columns = np.arange(goes_in.shape[1])[None, :]
    ordered = np.where(np.isfinite(ordered), ordered, 0)
    values = ordered[low, columns] + (place - low) * (ordered[high, columns] - ordered[low, columns])
    seconds = np.rint(values * 60).astype(int)
    for many, after in zip(known.tolist(), seconds.T.tolist(), strict=True):
        if many < FEWEST:
            found.append(None)
            continue
        p05, p25, p50, p75, p95 = [now + timedelta(0, each) for each in after]
        found.append(Expected(median=p50, likely=(p25, p75), nearly_sure=(p05, p95)))
    return found
