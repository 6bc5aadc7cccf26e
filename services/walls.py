"""Wall clock to instants, where the clock is put forward or back too (IANA zones, PEP 495)."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=8192)
def instant(day: date, wall: time, zone: str) -> datetime:
    """When (UTC) the wall clock shows that: the first time where it does so twice, the leap where it leaps over it."""
    info = ZoneInfo(zone)
    local = datetime.combine(day, wall, info)
    before, after = local.replace(fold=1).astimezone(UTC), local.astimezone(UTC)
    # Only around a leap are they in this order (PEP 495), and it lies between them.
    while after - before > timedelta.resolution:
        middle = before + (after - before) // 2
        if middle.astimezone(info).utcoffset() == before.astimezone(info).utcoffset():
            before = middle
        else:
            after = middle
    return after


def closing(day: date, wall: time, zone: str) -> datetime:
    """When (UTC) a stretch of `day` ends that goes up to `wall`; 00:00 is the midnight after it."""
    return instant(day + timedelta(days=1) if wall == time.min else day, wall, zone)


def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The instants (UTC) at which `day` starts and ends on the wall clock of `zone`."""
    return instant(day, time.min, zone), instant(day + timedelta(days=1), time.min, zone)


def local_day(moment: datetime, zone: str) -> date:
    """The date that the wall clock of `zone` shows at `moment`."""
    return moment.astimezone(ZoneInfo(zone)).date()
