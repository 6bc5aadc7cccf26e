"""A stretch of hours as it stands in the fields of the editor, and as the services take it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Any

from core.errors import Invalid
from models.doctor import Mode
from services.absence.leaves import Sitting


@dataclass(frozen=True)
class Stretch:
    """A stretch as it stands in its fields, times as `09:00`."""

    opens: str
    closes: str
    in_person: bool
    video: bool
    clinic_id: str


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
            clinic_id=number_of(each.clinic_id),
        )
        for each in there
    )


def with_changes(there: list[Stretch], number: int, **changes: Any) -> list[Stretch]:
    """One of them otherwise, the others as they are."""
    return [replace(each, **changes) if at == number else each for at, each in enumerate(there)]


def next_after(there: list[Stretch], home: str) -> Stretch:
    """Two hours after the last, as far as the day goes."""
    last = max((_time(each.closes).hour or 24 for each in there), default=8)
    opens = min(last + 1, 22)
    like = there[-1] if there else Stretch("", "", True, True, home)
    return replace(like, opens=f"{opens:02}:00", closes=f"{min(opens + 2, 23):02}:00")


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise Invalid(field="time") from error


def number_of(text: str) -> int:
    """An id as a page has it. Raises Invalid."""
    if not text.isdecimal():
        raise Invalid(field="id")
    return int(text)
