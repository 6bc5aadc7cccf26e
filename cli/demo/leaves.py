"""Days and half days on which doctors are away."""

from datetime import date, datetime, timedelta
from random import Random

from cli.demo import cast
from cli.demo.doctors import Practitioner
from cli.demo.grid import Grid, instant
from cli.demo.rows import LeaveRow

DAYS_AHEAD = 14
PART_OF_DAYS = 0.02
MIDDAY = 14 * 60


def leaves(seed: int, doctors: list[Practitioner], grid: Grid, *, today: date, now: datetime) -> list[LeaveRow]:
    """About one sitting day in fifty of the fourteen after `today`; the doctors of the cast stay."""
    rng = Random(f"{seed} leaves")
    rows: list[LeaveRow] = []
    for doctor in doctors:
        for ahead in range(1, DAYS_AHEAD + 1):
            day = today + timedelta(days=ahead)
            is_away = rng.random() < PART_OF_DAYS and doctor.row.id not in cast.NAME_OF
            if is_away and grid.slots(doctor.row.id, day):
                created_at = now - timedelta(minutes=rng.randrange(60, 20 * 24 * 60))
                rows.append(LeaveRow(len(rows) + 1, doctor.row.id, *_span(rng, day), created_at))
    return rows


def _span(rng: Random, day: date) -> tuple[datetime, datetime]:
    """All day for most, else up to or from two o'clock."""
    midnight, next_midnight = instant(day, 0), instant(day + timedelta(days=1), 0)
    return rng.choices(
        ((midnight, next_midnight), (midnight, instant(day, MIDDAY)), (instant(day, MIDDAY), next_midnight)),
        (70, 15, 15),
    )[0]
