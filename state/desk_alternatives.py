"""The other times for one who did not get his: the three nearest that are open for him, in words and to be pressed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
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
from state.desk import DOCTORS
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
    kind: str = DOCTORS
    place_id: int = 0


class Wished(NamedTuple):
    """Where something was to be set down; `place` is the therapist or the room, where the columns are those."""

    doctor_id: int
    at: datetime
    version: int
    place: tuple[str, int] | None = None


async def alternatives(about: UUID, wished: Wished, zone: str, by: Actor, spoken: str) -> list[Alternative]:
    """The nearest there; none where the appointment is not there any more, or whom it was to go to is not."""
    try:
        found = await reach.nearest(about, wished.doctor_id, wished.at, by=by, now=clock.now(), place=wished.place)
    except DomainError:
        return []
    return [_alternative(each, wished, zone, spoken) for each in found]


def free(others: Sequence[Alternative], spoken: str) -> str:
    """That they are open, in a sentence."""
    times = format_list([each.label for each in others], locale=LOCALES[spoken])
    return words(spoken).gettext(FREE if len(others) > 1 else ONE_FREE).format(times=times)


def _alternative(opening: Opening, wished: Wished, zone: str, spoken: str) -> Alternative:
    local = opening.starts_at.astimezone(ZoneInfo(zone))
    label = day_time(opening.starts_at, zone, spoken)
    if local.date() != wished.at.astimezone(ZoneInfo(zone)).date():
        label = f"{format_date(local.date(), 'EEE d MMM', locale=LOCALES[spoken])}, {label}"
    return Alternative(
        key=opening.starts_at.isoformat(),
        label=label,
        doctor_id=opening.doctor_id,
        day=opening.day.isoformat(),
        minute=local.hour * 60 + local.minute,
        kind=wished.place[0] if wished.place else DOCTORS,
        place_id=wished.place[1] if wished.place else 0,
    )
