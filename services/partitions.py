"""Partitions made ahead of time: quarters of appointments with their EXCLUDE constraints, months of the audit trail."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from core.settings import settings
from models.appointment import ACTIVE, listed

QUARTERS_AHEAD = 4
"""How many quarters after the present one exist at any time; so many months of the audit trail as well."""

LOCK = 0x61_61_70_74
"""The advisory lock that makers of partitions queue for."""

PATIENCE = "2s"
"""How long a maker waits for a table: whoever writes to it meanwhile waits behind him. The next turn tries again."""

EXCLUSIVE = (
    ("doctor", "occupied", ""),
    ("patient", "during", ""),
    ("therapist", "occupied", " AND therapist_id IS NOT NULL"),
    ("room", "occupied", " AND room_id IS NOT NULL"),
)
"""Who cannot be in two active appointments at once, and the range that says when."""


@dataclass(frozen=True)
class Partition:
    """The part of `parent` from `since` up to, not including, `until`."""

    parent: str
    name: str
    since: datetime
    until: datetime


def ensure_partitions(connection: Connection, now: datetime, *, zone: ZoneInfo) -> None:
    """Create what is missing from the quarter before `now` to four after it; bounds are midnights of `zone`."""
    for partition in missing(connection, now, zone=zone):
        make(connection, partition)


def missing(connection: Connection, now: datetime, *, zone: ZoneInfo) -> list[Partition]:
    """Those of the quarter before `now` to four after it that are not there."""
    there = set(connection.scalars(text("SELECT inhrelid::regclass::text FROM pg_inherits")))
    return [partition for partition in _wanted(now.astimezone(zone).date(), zone) if partition.name not in there]


def make(connection: Connection, partition: Partition) -> None:
    """Create it unless someone else just did; its table is made beside the parent, which goes on being written.

    `CREATE TABLE … PARTITION OF` would keep every reader and writer of the parent out and wait for all of them;
    to attach one takes a lock that lets both go on (PostgreSQL: ALTER TABLE, ATTACH PARTITION).
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    there = text("SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(:name))")
    if connection.scalar(there, {"name": partition.name}):
        return
    name, since, until = partition.name, partition.since.isoformat(), partition.until.isoformat()
    like = "INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS"
    connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
    connection.execute(text(f"CREATE TABLE {name} (LIKE {partition.parent} {like})"))
    if partition.parent == "appointments":
        limits = [f"ADD CONSTRAINT {name}_within CHECK (busy_until <= '{until}')"]
        limits += [
            f"ADD CONSTRAINT {name}_{who} EXCLUDE USING gist ({who}_id WITH =, {time} WITH &&) "
            f"WHERE (status IN ({listed(ACTIVE)}){more})"
            for who, time, more in EXCLUSIVE
        ]
        connection.execute(text(f"ALTER TABLE {name} {', '.join(limits)}"))
    values = f"FOR VALUES FROM ('{since}') TO ('{until}')"
    connection.execute(text(f"ALTER TABLE {partition.parent} ATTACH PARTITION {name} {values}"))


def next_bound(moment: datetime) -> datetime:
    """The first end of a quarter after `moment`, in UTC."""
    # The home zone's date may be the one before UTC's, or the one after it.
    ends = (_quarter_end(moment.date() + timedelta(days=days)) for days in (-1, 0, 1))
    return min(end for end in ends if end > moment)


@lru_cache(maxsize=4096)
def _quarter_end(day: date) -> datetime:
    return _midnight(_plus_months(_quarter(day), 3), ZoneInfo(settings().home_time_zone)).astimezone(UTC)


def _wanted(today: date, zone: ZoneInfo) -> Iterator[Partition]:
    for start, end in _spans(_plus_months(_quarter(today), -3), months=3, count=QUARTERS_AHEAD + 2):
        name = f"appointments_{start.year}_q{(start.month + 2) // 3}"
        yield Partition("appointments", name, _midnight(start, zone), _midnight(end, zone))
    for start, end in _spans(_plus_months(today.replace(day=1), -1), months=1, count=3 * QUARTERS_AHEAD + 2):
        yield Partition("audit_log", f"audit_log_{start:%Y_%m}", _midnight(start, zone), _midnight(end, zone))


def _spans(start: date, *, months: int, count: int) -> Iterator[tuple[date, date]]:
    for _ in range(count):
        end = _plus_months(start, months)
        yield start, end
        start = end


def _quarter(day: date) -> date:
    return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)


def _plus_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)
