"""Hours to slots: a doctor's wall-clock hours, less what takes time away, as open times. Computed, never stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from models.appointment import Status
from models.visit import LENGTHS, Length, VisitType
from services.walls import bounds, instant, local_day


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
class Hours:
    """A stretch of a weekday (Monday is 0) at a clinic, on its wall clock."""

    weekday: int
    opens: time
    closes: time
    modes: tuple[str, ...]
    clinic_id: int
    zone: str


@dataclass(frozen=True, slots=True)
class Override:
    """A stretch of one date instead of its weekly hours; without `hours` there are none on it."""

    day: date
    hours: Hours | None


@dataclass(frozen=True, slots=True)
class Pause:
    """A break of a weekday, on the wall clock of the clinic that the doctor sits at then."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Span:
    """From `starts_at` up to, not including, `ends_at`; `clinic_id` None: wherever the doctor sits."""

    starts_at: datetime
    ends_at: datetime
    clinic_id: int | None = None

    def meets(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether they overlap."""
        return self.starts_at < ends_at and self.ends_at > starts_at


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
        wide = Span(start_of_day - timedelta(days=1), end_of_day + timedelta(days=1))
        taken = [t for t in self.taken if wide.meets(t.starts_at, t.busy_until) and t.is_active(now)]
        away = [span for span in (*self.leaves, *self.closures) if wide.meets(span.starts_at, span.ends_at)]
        earliest = now + self.notice
        found = []
        for stretch, opens, closes in self.stretches(day):
            pauses = self._pauses(day, stretch.zone)
            start = opens
            while start + minutes <= closes:
                if start > now:
                    end = start + minutes
                    why = self._why(start, end, end + buffer, stretch.clinic_id, taken, away, pauses, earliest)
                    found.append(Slot(start, end, end + buffer, why, stretch.modes, stretch.clinic_id))
                start += minutes + buffer
        return found

    def stretches(self, day: date) -> Iterator[tuple[Hours, datetime, datetime]]:
        """Each stretch of `day` with its instants (UTC), in order: the date's own, else the weekday's."""
        own = [override.hours for override in self.overrides if override.day == day]
        hours = [h for h in own if h] if own else [h for h in self.hours if h.weekday == day.weekday()]
        for stretch in sorted(hours, key=lambda h: h.opens):
            opens, closes = instant(day, stretch.opens, stretch.zone), instant(day, stretch.closes, stretch.zone)
            if opens < closes:
                yield stretch, opens, closes

    def valid_until(self, slots: Sequence[Slot], now: datetime) -> datetime:
        """When the clock alone will change them: one becomes too near, or begins, a hold runs out, or the day turns."""
        nearing = [s.starts_at - self.notice if s.why == Why.OPEN else s.starts_at for s in slots]
        lapsing = [t.held_until for t in self.taken if t.status == Status.HELD and t.held_until and t.held_until > now]
        return min([*nearing, *lapsing, bounds(self.today(now), self.zone)[1]])

    def open_slots(self, now: datetime, *, mode: str, within: timedelta) -> Iterator[Slot]:
        """The open slots of a mode from now on, earliest first, up to `within` or the horizon."""
        for offset in range(min(within, self.horizon).days + 1):
            for slot in self.slots(self.today(now) + timedelta(days=offset), now):
                if slot.why == Why.OPEN and mode in slot.modes:
                    yield slot

    def _pauses(self, day: date, zone: str) -> list[Span]:
        of_the_day = (p for p in self.pauses if p.weekday == day.weekday())
        return [Span(instant(day, p.starts, zone), instant(day, p.ends, zone)) for p in of_the_day]

    @staticmethod
    def _why(
        start: datetime,
        end: datetime,
        busy_until: datetime,
        clinic_id: int,
        taken: Sequence[Taken],
        away: Sequence[Span],
        pauses: Sequence[Span],
        earliest: datetime,
    ) -> Why:
        """The first thing that keeps the time from being open; what others have goes before what rules say."""
        buffered = False
        for other in taken:
            if other.starts_at < end and other.ends_at > start:
                return Why.HELD if other.status == Status.HELD else Why.BOOKED
            buffered = buffered or (other.starts_at < busy_until and other.busy_until > start)
        if buffered:
            return Why.BUFFER
        for span in away:
            if span.meets(start, end) and span.clinic_id in (None, clinic_id):
                return Why.LEAVE if span.clinic_id is None else Why.CLOSED
        if any(pause.meets(start, end) for pause in pauses):
            return Why.BREAK
        return Why.NOTICE if start < earliest else Why.OPEN
