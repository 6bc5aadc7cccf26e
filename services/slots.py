"""Hours to slots: a doctor's wall-clock hours, less leave and appointments, as open times. Computed, never stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from models.appointment import Status


class SlotStatus(StrEnum):
    """What a patient may know of a time."""

    OPEN = "open"
    HELD = "held"
    BOOKED = "booked"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Slot:
    """A time of the doctor's grid, its instants in UTC."""

    starts_at: datetime
    ends_at: datetime
    status: SlotStatus
    modes: tuple[str, ...]


@dataclass(frozen=True)
class Hours:
    """A stretch of a weekday (Monday is 0) on the clinic's wall clock."""

    weekday: int
    opens: time
    closes: time
    modes: tuple[str, ...]


@dataclass(frozen=True)
class Taken:
    """A time that an active appointment occupies."""

    starts_at: datetime
    ends_at: datetime
    status: Status
    held_until: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        """Whether it still occupies its time: a hold that ran out does not."""
        return self.status != Status.HELD or (self.held_until is not None and self.held_until > now)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """All that decides a doctor's open times over some days; `zone` is the clinic's IANA zone."""

    doctor_id: int
    clinic_id: int
    zone: str
    slot_minutes: int
    notice: timedelta
    horizon: timedelta
    fee: int
    hours: Sequence[Hours]
    leaves: Sequence[tuple[datetime, datetime]] = ()
    taken: Sequence[Taken] = ()
    versions: dict[date, int] = field(default_factory=dict)

    def today(self, now: datetime) -> date:
        """The date on the clinic's wall clock."""
        return now.astimezone(ZoneInfo(self.zone)).date()

    def last_day(self, now: datetime) -> date:
        """The last date that can be booked."""
        return self.today(now) + self.horizon

    def slots(self, day: date, now: datetime) -> list[Slot]:
        """What is still ahead of the grid of `day`, in order. A time too near to book, or in a leave, is BLOCKED."""
        if not self.today(now) <= day <= self.last_day(now):
            return []
        day_starts, day_ends = bounds(day, self.zone)
        taken = [t for t in self.taken if t.starts_at < day_ends and t.ends_at > day_starts and t.is_active(now)]
        leaves = [(start, end) for start, end in self.leaves if start < day_ends and end > day_starts]
        return [
            Slot(start, end, self._status(start, end, taken, leaves, now), modes)
            for start, end, modes in self.grid(day)
            if start > now
        ]

    def grid(self, day: date) -> Iterator[tuple[datetime, datetime, tuple[str, ...]]]:
        """Start, end (UTC) and modes of each time the hours of `day` make, taken or not."""
        zone, step = ZoneInfo(self.zone), timedelta(minutes=self.slot_minutes)
        for stretch in sorted((h for h in self.hours if h.weekday == day.weekday()), key=lambda h: h.opens):
            start, closes = _instant(day, stretch.opens, zone), _instant(day, stretch.closes, zone)
            while start + step <= closes:
                yield start, start + step, stretch.modes
                start += step

    def _status(
        self,
        start: datetime,
        end: datetime,
        taken: Sequence[Taken],
        leaves: Sequence[tuple[datetime, datetime]],
        now: datetime,
    ) -> SlotStatus:
        for other in taken:
            if other.starts_at < end and other.ends_at > start:
                return SlotStatus.HELD if other.status == Status.HELD else SlotStatus.BOOKED
        if start < now + self.notice or any(s < end and e > start for s, e in leaves):
            return SlotStatus.BLOCKED
        return SlotStatus.OPEN

    def valid_until(self, slots: Sequence[Slot], now: datetime) -> datetime:
        """When the clock alone will change them: one becomes too near, or begins, a hold runs out, or the day turns."""
        nearing = [s.starts_at - self.notice if s.status == SlotStatus.OPEN else s.starts_at for s in slots]
        lapsing = [t.held_until for t in self.taken if t.status == Status.HELD and t.held_until and t.held_until > now]
        return min([*nearing, *lapsing, bounds(self.today(now), self.zone)[1]])

    def open_slots(self, now: datetime, *, mode: str, within: timedelta) -> Iterator[Slot]:
        """The open slots of a mode from now on, earliest first, up to `within` or the horizon."""
        for offset in range(min(within, self.horizon).days + 1):
            for slot in self.slots(self.today(now) + timedelta(days=offset), now):
                if slot.status == SlotStatus.OPEN and mode in slot.modes:
                    yield slot


def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The instants (UTC) at which `day` starts and ends on the wall clock of `zone`."""
    info = ZoneInfo(zone)
    return _instant(day, time.min, info), _instant(day + timedelta(days=1), time.min, info)


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """When the wall clock shows that: the first time where it does so twice, the leap where it leaps over it."""
    local = datetime.combine(day, wall, zone)
    before, after = local.replace(fold=1).astimezone(UTC), local.astimezone(UTC)
    # Only around a leap are they in this order (PEP 495), and it lies between them.
    while after - before > timedelta.resolution:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset():
            before = middle
        else:
            after = middle
    return after
