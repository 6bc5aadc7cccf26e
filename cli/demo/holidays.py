"""Days on which all clinics are closed, beyond those that have appointments."""

from datetime import date, datetime, timedelta

from cli.demo.grid import instant
from cli.demo.rows import ClinicRow, ClosureRow

BEYOND = timedelta(days=16)
"""The demo's appointments end before."""

NATIONAL = {(1, 26): "Republic Day", (8, 15): "Independence Day", (10, 2): "Gandhi Jayanti"}
"""Month and day of the three holidays that all of India keeps."""


def closures(clinics: list[ClinicRow], *, today: date, now: datetime) -> list[ClosureRow]:
    """Each clinic's next holidays, from midnight to midnight."""
    rows: list[ClosureRow] = []
    for clinic in clinics:
        for (month, number), name in NATIONAL.items():
            day = date(today.year, month, number)
            if day < today + BEYOND:
                day = day.replace(year=today.year + 1)
            span = instant(day, 0), instant(day + timedelta(days=1), 0)
            rows.append(ClosureRow(len(rows) + 1, clinic.id, *span, name, now - timedelta(days=30)))
    return rows
