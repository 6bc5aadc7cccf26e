"""Stretches of hours, and breaks in them, as they stand in the fields of the editor, and as the services take them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Any, TypeVar

from core.errors import Invalid
from models.doctor import Mode
from services.absence.new_hours import Rest, Sitting
from state.typed import identity_of

F = TypeVar("F", "Stretch", "Pause")

MIDNIGHT = 24 * 60
DAY = 9 * 60, 17 * 60
"""Minutes of a day, and those of the usual hours."""


@dataclass(frozen=True)
class Stretch:
    """A stretch as it stands in its fields, times as `09:00`."""

    opens: str
    closes: str
    in_person: bool
    video: bool
    clinic_id: str


@dataclass(frozen=True)
class Pause:
    """A break as it stands in its fields."""

    starts: str
    ends: str


def stretches(there: Sequence[Sitting]) -> list[Stretch]:
    """As they stand in the fields."""
    return [
        Stretch(
            opens=f"{each.opens:%H:%M}",
            closes=f"{each.closes:%H:%M}",
            in_person=Mode.IN_PERSON in each.modes,
            video=Mode.VIDEO in each.modes,
            clinic_id=str(each.clinic_id),
        )
        for each in there
    ]


def sittings(there: Sequence[Stretch]) -> tuple[Sitting, ...]:
    """As the services take them. Raises Invalid for a time or a clinic that is none."""
    return tuple(
        Sitting(
            opens=_time(each.opens),
            closes=_time(each.closes),
            modes=tuple(
                mode.value for mode, serves in ((Mode.IN_PERSON, each.in_person), (Mode.VIDEO, each.video)) if serves
            ),
            clinic_id=identity_of(each.clinic_id),
        )
        for each in there
    )


def pauses(there: Sequence[Rest]) -> list[Pause]:
    """As they stand in the fields."""
    return [Pause(f"{each.starts:%H:%M}", f"{each.ends:%H:%M}") for each in there]


def rests(there: Sequence[Pause]) -> tuple[Rest, ...]:
    """As the services take them. Raises Invalid for a time that is none."""
    return tuple(Rest(starts=_time(each.starts), ends=_time(each.ends)) for each in there)


def with_changes(there: list[F], number: int, **changes: Any) -> list[F]:
    """One of them otherwise, the others as they are."""
    return [replace(each, **changes) if at == number else each for at, each in enumerate(there)]


def next_after(there: list[Stretch], home: str) -> Stretch:
    """Two hours after the last, as far as the day goes."""
    last = max((_time(each.closes).hour or 24 for each in there), default=8)
    opens = min(last + 1, 22)
    like = there[-1] if there else Stretch("", "", True, True, home)
    return replace(like, opens=f"{opens:02}:00", closes=f"{min(opens + 2, 23):02}:00")


def pause_within(there: Sequence[Stretch], known: Sequence[Pause]) -> Pause:
    """Half an hour in the middle of the longest stretch without one. Raises Invalid for times that are none."""
    spans = [(_minutes(each.opens), _minutes(each.closes) or MIDNIGHT) for each in there]
    taken = [_minutes(each.starts) for each in known]
    free = [(opens, closes) for opens, closes in spans if not any(opens <= at < closes for at in taken)]
    opens, closes = max(free or spans or [DAY], key=lambda span: span[1] - span[0])
    starts = (opens + closes) // 2 // 30 * 30
    return Pause(_clock(starts), _clock(min(starts + 30, MIDNIGHT - 1)))


def _minutes(text: str) -> int:
    found = _time(text)
    return found.hour * 60 + found.minute


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise Invalid(field="time") from error
