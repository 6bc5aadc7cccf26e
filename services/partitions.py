"""Partitions made ahead of time: quarters of appointments with their EXCLUDE constraints, months of the audit trail."""

from collections.abc import Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from models.appointment import ACTIVE

QUARTERS_AHEAD = 4
"""How many quarters after the present one exist at any time."""

ACTIVE_SQL = "status IN ({})".format(", ".join(f"'{status}'" for status in sorted(ACTIVE)))


def ensure_partitions(connection: Connection, now: datetime, *, zone: ZoneInfo) -> None:
    """Create what is missing from the quarter before `now` to four after it; bounds are midnights of `zone`."""
    first = _plus_months(_quarter(now.astimezone(zone).date()), -3)
    for start, end in _spans(first, months=3, count=QUARTERS_AHEAD + 2):
        _appointments_partition(connection, start, end, zone)
    month = _plus_months(now.astimezone(zone).date().replace(day=1), -1)
    for start, end in _spans(month, months=1, count=3 * QUARTERS_AHEAD + 2):
        name = f"audit_log_{start:%Y_%m}"
        _create_partition(connection, name, "audit_log", _midnight(start, zone), _midnight(end, zone))


def _appointments_partition(connection: Connection, start: date, end: date, zone: ZoneInfo) -> None:
    name = f"appointments_{start.year}_q{(start.month + 2) // 3}"
    since, until = _midnight(start, zone), _midnight(end, zone)
    if not _create_partition(connection, name, "appointments", since, until):
        return
    limits = [f"ADD CONSTRAINT {name}_within CHECK (ends_at <= '{until.isoformat()}')"]
    limits += [
        f"ADD CONSTRAINT {name}_{kind} EXCLUDE USING gist ({kind}_id WITH =, {time} WITH &&) "
        f"WHERE ({ACTIVE_SQL}{'' if time == 'during' or kind == 'doctor' else f' AND {kind}_id IS NOT NULL'})"
        for kind, time in (
            ("doctor", "occupied"),
            ("patient", "during"),
            ("therapist", "occupied"),
            ("room", "occupied"),
        )
    ]
    connection.execute(text(f"ALTER TABLE {name} {', '.join(limits)}"))


def _create_partition(connection: Connection, name: str, parent: str, since: datetime, until: datetime) -> bool:
    """Whether it was missing."""
    if connection.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None:
        return False
    connection.execute(
        text(
            f"CREATE TABLE {name} PARTITION OF {parent} "
            f"FOR VALUES FROM ('{since.isoformat()}') TO ('{until.isoformat()}')"
        )
    )
    return True


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
