"""The forecast of a day as it stands, worked out once for all processes that show the day.

What is passed on between them are times by appointments' ids; nobody is named.
"""

from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson

from core.once import once
from services.days import DoctorDayBoard
from services.forecast import Expected, Forecast, forecast
from services.past_days import History

KEPT_FOR = timedelta(minutes=1)
"""After that it is another minute, and so another forecast."""


async def foretold(day: DoctorDayBoard, now: datetime, known: History) -> Forecast:
    """Of a day that is not over, as of this minute; by what whoever works it out knows of the doctor."""
    return read(await once(_name(day, now), partial(_written, day, now, known), kept_for=KEPT_FOR))


def _name(day: DoctorDayBoard, now: datetime) -> str:
    """The same for whoever has read the same."""
    follows_from = [
        now.replace(second=0, microsecond=0),
        (day.doctor_id, day.day, day.version, day.delay.total_seconds(), day.rule, day.sits),
        [(each.id, each.version, each.updated_at) for each in day.bookings],
    ]
    return "forecast:" + blake2b(orjson.dumps(follows_from), digest_size=16).hexdigest()


def _written(day: DoctorDayBoard, now: datetime, known: History) -> bytes:
    return written(forecast(day, now, known))


def written(found: Forecast) -> bytes:
    """As it is passed on."""
    expected = {str(which): _moments(each) for which, each in found.expected.items()}
    return orjson.dumps([expected, found.ends and _moments(found.ends)])


def read(told: bytes) -> Forecast:
    """What was written."""
    expected, ends = orjson.loads(told)
    return Forecast(
        expected={UUID(which): _expected(each) for which, each in expected.items()}, ends=ends and _expected(ends)
    )


def _moments(of: Expected) -> list[datetime]:
    return [of.median, *of.likely, *of.nearly_sure]


def _expected(moments: list[Any]) -> Expected:
    median, *others = (datetime.fromisoformat(each) for each in moments)
    return Expected(median=median, likely=(others[0], others[1]), nearly_sure=(others[2], others[3]))
