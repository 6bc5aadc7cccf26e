"""When each patient is expected to go in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class Expected:
    """When a patient is expected to go in, or a day to be over; all instants in UTC.

    `likely` is the range that holds for every second one, `nearly_sure` for nine of ten.
    """

    median: datetime
    likely: tuple[datetime, datetime]
    nearly_sure: tuple[datetime, datetime]


def around(moment: datetime, since: datetime) -> Expected:
    """A plain guess, wider the further it lies ahead of `since`."""
    half = timedelta(minutes=4) + (moment - since) / 5
    return Expected(
        median=moment,
        likely=(max(since, moment - half), moment + half),
        nearly_sure=(max(since, moment - 2 * half), moment + 3 * half),
    )


def one_after_another(
    free_at: datetime, times: Sequence[tuple[datetime, timedelta]], since: datetime
) -> list[Expected]:
    """Each by the earliest at his moment, and when the last is done."""
    found = []
    for earliest, length in times:
        goes_in = max(free_at, earliest)
        found.append(around(goes_in, since))
        free_at = goes_in + length
    return [*found, around(free_at, since)]
