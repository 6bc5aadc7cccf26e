"""The other times for one who did not get his: the three nearest that are open for him, in words and to be pressed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.lists import format_list

from core import clock
from core.errors import DomainError
from core.words import N_, words
from services import reach
from services.permissions import Actor
from services.reach import Opening
from state.rows import LOCALES, day_time

FREE = N_("{times} are free.")
ONE_FREE = N_("{times} is free.")


@dataclass(frozen=True)
class Alternative:
    """Another time; `minute` is of the day's wall clock."""

    key: str
    label: str
    doctor_id: int
    day: str
    minute: int


async def alternatives(
    about: UUID, doctor_id: int, wished: datetime, zone: str, by: Actor, spoken: str
) -> list[Alternative]:
    """The nearest with that doctor; none where the appointment is not there any more, or that doctor is not."""
    try:
        found = await reach.nearest(about, doctor_id, wished, by=by, now=clock.now())
    except DomainError:
        return []
    return [_alternative(each, wished, zone, spoken) for each in found]


def free(others: Sequence[Alternative], spoken: str) -> str:
    """That they are open, in a sentence."""
    times = format_list([each.label for each in others], locale=LOCALES[spoken])
    return words(spoken).gettext(FREE if len(others) > 1 else ONE_FREE).format(times=times)


def _alternative(opening: Opening, wished: datetime, zone: str, spoken: str) -> Alternative:
    local = opening.starts_at.astimezone(ZoneInfo(zone))
    label = day_time(opening.starts_at, zone, spoken)
    if local.date() != wished.astimezone(ZoneInfo(zone)).date():
        label = f"{format_date(local.date(), 'EEE d MMM', locale=LOCALES[spoken])}, {label}"
    return Alternative(
        key=opening.starts_at.isoformat(),
        label=label,
        doctor_id=opening.doctor_id,
        day=opening.day.isoformat(),
        minute=local.hour * 60 + local.minute,
    )
