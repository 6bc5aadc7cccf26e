"""A doctor's day as all who wait may see it: by token, whose turn it is, how many are ahead, and when it will be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.appointment import Status
from services import days
from services.dashboard import running
from services.queue import Turn
from services.queue_rule import QueueRule
from services.walls import bounds

REFRESHED = timedelta(minutes=1)
"""How old the expected times of a running day become."""


@dataclass(frozen=True, kw_only=True)
class TurnsView:
    """Where each token stands, and its time in the book; of those who are still to go in, also when they will.

    `version` is the doctor-day's.
    """

    doctor_id: int
    day: date
    zone: str
    version: int
    valid_until: datetime | None
    is_today: bool
    delay: timedelta
    rule: QueueRule
    inside: int | None
    statuses: Mapping[int, Status]
    booked_for: Mapping[int, datetime]
    turns: Mapping[int, Turn]


async def turns(doctor_id: int, day: date, now: datetime) -> TurnsView:
    """All of it, as it stands; on another day than today without who goes in when. Raises NotFound."""
    board = await days.board(doctor_id, day)
    found = await running(board, now)
    return TurnsView(
        doctor_id=doctor_id,
        day=day,
        zone=board.zone,
        version=board.version,
        valid_until=_valid_until(day, board.zone, now),
        is_today=found is not None,
        delay=board.delay,
        rule=board.rule,
        inside=found.inside if found else None,
        # In the order of the book, so that of one who was put back with his token the last holds.
        statuses={each.token: each.status for each in board.bookings if each.token is not None},
        booked_for={each.token: each.starts_at for each in board.bookings if each.token is not None},
        turns={turn.token: turn for turn in found.turns} if found else {},
    )


def _valid_until(day: date, zone: str, now: datetime) -> datetime | None:
    begins, ends = bounds(day, zone)
    if now >= ends:
        return None
    return begins if now < begins else min(ends, now + REFRESHED)
