"""What a doctor's and his clinics' calendars hold: stretches of hours, breaks, time away; on walls and as instants."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from services.walls import closing, instant

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of a weekday (Monday is 0) at a clinic, on its wall clock; one that `closes` at 00:00 ends the day."""

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
    """A break of a weekday, on the wall clock of the clinic that the doctor sits at then; `ends` 00:00 ends the day."""

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

    def is_at(self, clinic_id: int) -> bool:
        """Whether it keeps the doctor from that clinic."""
        return self.clinic_id is None or self.clinic_id == clinic_id


@dataclass(frozen=True, slots=True)
class Stretch:
    """The hours of one date as instants (UTC), with the breaks in them."""

    hours: Hours
    opens: datetime
    closes: datetime
    pauses: tuple[Span, ...]


def stretches(
    day: date, zone: str, hours: Sequence[Hours], overrides: Sequence[Override], pauses: Sequence[Pause]
) -> list[Stretch]:
    """All that touch `day` of `zone`, in order of time: each date's own, else those of its weekday.

    A clinic in another zone has another date meanwhile; its hours go by that.
    """
    found = [stretch for each in _of(day, hours, overrides) for stretch in _stretch(each, day, pauses)]
    if not all(each.zone == zone for each in hours) or overrides:
        for label in (day - ONE_DAY, day + ONE_DAY):
            elsewhere = (each for each in _of(label, hours, overrides) if each.zone != zone)
            found += [stretch for each in elsewhere for stretch in _stretch(each, label, pauses)]
    return sorted(found, key=lambda stretch: stretch.opens)


def _of(label: date, hours: Sequence[Hours], overrides: Sequence[Override]) -> Iterator[Hours]:
    own = [override for override in overrides if override.day == label]
    if own:
        yield from (override.hours for override in own if override.hours is not None)
    else:
        yield from (each for each in hours if each.weekday == label.weekday())


def _stretch(hours: Hours, label: date, pauses: Sequence[Pause]) -> Iterator[Stretch]:
    opens, closes = instant(label, hours.opens, hours.zone), closing(label, hours.closes, hours.zone)
    if opens < closes:
        of_the_day = (
            Span(instant(label, pause.starts, hours.zone), closing(label, pause.ends, hours.zone))
            for pause in pauses
            if pause.weekday == label.weekday()
        )
        # One that the clock leaps over altogether does not happen.
        yield Stretch(hours, opens, closes, tuple(span for span in of_the_day if span.starts_at < span.ends_at))
