"""Hours to slots: a doctor's wall-clock hours, less what takes time away, as open times. Computed, never stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from models.appointment import Status
from models.visit import LENGTHS, Length, VisitType
from services.hours import Hours, Override, Pause, Span, Stretch, stretches
from services.partitions import next_bound
from services.walls import bounds, local_day

__all__ = ["Hours", "Override", "Pause", "Schedule", "Slot", "SlotStatus", "Span", "Stretch", "Taken", "Why"]


class SlotStatus(StrEnum):
    """What a patient may know of a time."""

    OPEN = "open"
    HELD = "held"
    BOOKED = "booked"
    BLOCKED = "blocked"


class Why(StrEnum):
    """Why a time is open or is not."""

    OPEN = "open"
    OUTSIDE_HOURS = "outside_hours"
    OFF_GRID = "off_grid"
    OTHER_MODE = "other_mode"
    PAST = "past"
    NOTICE = "notice"
    HORIZON = "horizon"
    BREAK = "break"
    LEAVE = "leave"
    CLOSED = "closed"
    BUFFER = "buffer"
    HELD = "held"
    BOOKED = "booked"


STATUS = {Why.OPEN: SlotStatus.OPEN, Why.HELD: SlotStatus.HELD, Why.BOOKED: SlotStatus.BOOKED}
"""What a patient is told of a time of the grid; all else is BLOCKED."""


LONGEST = timedelta(hours=6)
"""No appointment takes longer, its buffer included: 240 and 120 minutes."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time of the doctor's grid, in UTC; he himself is taken up to `busy_until`."""

    starts_at: datetime
    ends_at: datetime
    busy_until: datetime
    why: Why
    modes: tuple[str, ...]
    clinic_id: int

    @property
    def status(self) -> SlotStatus:
        """What a patient may know."""
        return STATUS.get(self.why, SlotStatus.BLOCKED)


@dataclass(frozen=True, slots=True)
class Taken:
    """A time that an active appointment occupies; the doctor's own up to `busy_until`."""

    starts_at: datetime
    ends_at: datetime
    busy_until: datetime
    status: Status
    held_until: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        """Whether it still occupies its time: a hold that ran out does not."""
        return self.status != Status.HELD or (self.held_until is not None and self.held_until > now)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """All that decides a doctor's open times over some days. `zone` is his home clinic's: it dates his days.

    `version` counts the changes of everything but `taken` and `versions`, which are the days' own.
    """

    doctor_id: int
    clinic_id: int
    zone: str
    version: int
    notice: timedelta
    horizon: timedelta
    fee: int
    hours: Sequence[Hours]
    overrides: Sequence[Override] = ()
    pauses: Sequence[Pause] = ()
    closures: Sequence[Span] = ()
    leaves: Sequence[Span] = ()
    lengths: Mapping[VisitType, Length] = field(default_factory=dict)
    taken: Sequence[Taken] = ()
    versions: Mapping[date, int] = field(default_factory=dict)

    def today(self, now: datetime) -> date:
        """The date on the doctor's wall clock."""
        return local_day(now, self.zone)

    def last_day(self, now: datetime) -> date:
        """The last date that can be booked."""
        return self.today(now) + self.horizon

    def length(self, visit: VisitType) -> Length:
        """How long a visit takes here."""
        return self.lengths.get(visit, LENGTHS[visit])

    def with_taken(self, taken: Sequence[Taken], versions: Mapping[date, int]) -> "Schedule":
        """The same rules over these appointments."""
        return replace(self, taken=taken, versions=versions)

    def slots(self, day: date, now: datetime, visit: VisitType = VisitType.FIRST_VISIT) -> list[Slot]:
        """What is still ahead of the grid of `day`, in order; nothing before today or beyond the horizon."""
        if not self.today(now) <= day <= self.last_day(now):
            return []
        length = self.length(visit)
        minutes, buffer = timedelta(minutes=length.minutes), timedelta(minutes=length.buffer_minutes)
        start_of_day, end_of_day = bounds(day, self.zone)
        wide = Span(start_of_day, end_of_day + LONGEST)
        taken = [t for t in self.taken if wide.meets(t.starts_at, t.busy_until) and t.is_active(now)]
        away = [span for span in (*self.leaves, *self.closures) if wide.meets(span.starts_at, span.ends_at)]
        # Those of another zone's clinic may begin on this date and end on the next, or the other way round.
        since, earliest = max(start_of_day, now + timedelta.resolution), now + self.notice
        # Where the book begins anew no constraint could see across, and nothing may span it.
        bound = next_bound(start_of_day)
        found: dict[datetime, Slot] = {}
        for stretch in self.stretches(day):
            start = stretch.opens
            while start + minutes <= stretch.closes and start < end_of_day:
                if start >= since:
                    end = start + minutes
                    why = _why(start, end, end + buffer, stretch, taken, away, earliest)
                    if start < bound < end + buffer and why in (Why.OPEN, Why.NOTICE):
                        why = Why.OUTSIDE_HOURS
                    slot = Slot(start, end, end + buffer, why, stretch.hours.modes, stretch.hours.clinic_id)
                    found[start] = _joined(found.get(start), slot)
                start += minutes + buffer
        return [found[start] for start in sorted(found)]

    def stretches(self, day: date) -> list[Stretch]:
        """The hours that touch `day`, in order of time."""
        return stretches(day, self.zone, self.hours, self.overrides, self.pauses)

    def sits(self, day: date) -> list[tuple[datetime, datetime]]:
        """When the doctor is there on `day`: his hours, less breaks, leave and closures, in order of time."""
        found: list[tuple[datetime, datetime]] = []
        for stretch in self.stretches(day):
            away = [span for span in (*self.leaves, *self.closures) if span.is_at(stretch.hours.clinic_id)]
            left = stretch.opens
            for span in sorted((*stretch.pauses, *away), key=lambda span: span.starts_at):
                if span.meets(left, stretch.closes):
                    found.append((left, span.starts_at))
                    left = min(span.ends_at, stretch.closes)
            found.append((left, stretch.closes))
        return [(opens, closes) for opens, closes in found if opens < closes]

    def at(
        self, moment: datetime, now: datetime, *, mode: str, visit: VisitType, by_staff: bool = False
    ) -> tuple[Why, Slot | None]:
        """Why that very time can or cannot be booked so, and the slot that it is; staff need give no notice."""
        day = local_day(moment, self.zone)
        if moment <= now or day < self.today(now):
            return Why.PAST, None
        if day > self.last_day(now):
            return Why.HORIZON, None
        slot = next((slot for slot in self.slots(day, now, visit) if slot.starts_at == moment), None)
        if slot is None:
            return self._off(moment, day), None
        if mode not in slot.modes:
            return Why.OTHER_MODE, slot
        return Why.OPEN if by_staff and slot.why == Why.NOTICE else slot.why, slot

    def valid_until(self, slots: Sequence[Slot], now: datetime) -> datetime:
        """When the clock alone will change them: one becomes too near, or begins, a hold runs out, or the day turns."""
        nearing = [s.starts_at - self.notice if s.why == Why.OPEN else s.starts_at for s in slots]
        lapsing = [t.held_until for t in self.taken if t.status == Status.HELD and t.held_until and t.held_until > now]
        return min([*nearing, *lapsing, bounds(self.today(now), self.zone)[1]])

    def open_slots(
        self, now: datetime, *, mode: str, within: timedelta, visit: VisitType = VisitType.FIRST_VISIT
    ) -> Iterator[Slot]:
        """The open slots of a mode from now on, earliest first, up to `within` or the horizon."""
        for offset in range(min(within, self.horizon).days + 1):
            for slot in self.slots(self.today(now) + timedelta(days=offset), now, visit):
                if slot.why == Why.OPEN and mode in slot.modes:
                    yield slot

    def blocking(self, starts_at: datetime, ends_at: datetime) -> tuple[Why, Span] | None:
        """What keeps the doctor away from his hours then: leave, a closed clinic, a break."""
        for stretch in self.stretches(local_day(starts_at, self.zone)):
            if stretch.opens <= starts_at < stretch.closes:
                away = _away(starts_at, ends_at, stretch, (*self.leaves, *self.closures))
                if away is not None:
                    return away
        return None

    def _off(self, moment: datetime, day: date) -> Why:
        """Why a moment is on no slot of the grid."""
        if (away := self.blocking(moment, moment + timedelta.resolution)) is not None:
            return away[0]
        is_within = any(stretch.opens <= moment < stretch.closes for stretch in self.stretches(day))
        return Why.OFF_GRID if is_within else Why.OUTSIDE_HOURS


def _why(
    start: datetime,
    end: datetime,
    busy_until: datetime,
    stretch: Stretch,
    taken: Sequence[Taken],
    away: Sequence[Span],
    earliest: datetime,
) -> Why:
    """The first thing that keeps the time from being open; what others have goes before what rules say."""
    met = None
    for other in taken:
        if other.starts_at < busy_until and other.busy_until > start:
            if other.starts_at >= end or other.ends_at <= start:
                met = met or Why.BUFFER
            elif other.status != Status.HELD:
                return Why.BOOKED
            else:
                met = Why.HELD
    if met is not None:
        return met
    if (found := _away(start, end, stretch, away)) is not None:
        return found[0]
    return Why.NOTICE if start < earliest else Why.OPEN


def _away(start: datetime, end: datetime, stretch: Stretch, away: Sequence[Span]) -> tuple[Why, Span] | None:
    for span in away:
        if span.meets(start, end) and span.is_at(stretch.hours.clinic_id):
            return Why.LEAVE if span.clinic_id is None else Why.CLOSED, span
    return next(((Why.BREAK, pause) for pause in stretch.pauses if pause.meets(start, end)), None)


def _joined(known: Slot | None, slot: Slot) -> Slot:
    """One slot for a time that two stretches offer: of the first of them, for the modes of both at its clinic."""
    if known is None:
        return slot
    if known.clinic_id != slot.clinic_id:
        return known
    return replace(known, modes=(*known.modes, *(mode for mode in slot.modes if mode not in known.modes)))
