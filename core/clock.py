"""The clock. Services are handed `now`; only the doors (pages, API, jobs, commands) ask for it here."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def local_day(instant: datetime, zone: str) -> date:
    """The date that the wall clock of `zone` (IANA) shows at `instant`."""
    return instant.astimezone(ZoneInfo(zone)).date()
