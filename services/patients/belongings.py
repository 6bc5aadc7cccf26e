"""All that is a patient's, as it goes over to another record of his and comes back: by ids, nothing else of it changes.

Of an appointment only its version goes up, so that whoever looks at it hears of it. `tests/services/test_merging.py`
finds what refers to a patient and does not stand here.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import text

from core.db import Transaction

ROWS = ("courses", "waitlist_entries", "chart_openings")
"""Tables whose rows go over one by one."""

OF_VISITS = ("visit_reasons", "visit_notes")
"""What is said of an appointment goes where it goes."""

Moved = dict[str, list[Any]]
"""By table, the ids of what went over."""

GIVE = """
    UPDATE appointments SET patient_id = :target, version = version + 1
    WHERE patient_id = :source AND id = ANY(CAST(:ids AS uuid[])) RETURNING version
"""

DAYS = text("""
    SELECT DISTINCT doctor_id, day, clinic_id FROM appointments WHERE id = ANY(CAST(:ids AS uuid[]))
""")

OF_PATIENT = text("SELECT id FROM appointments WHERE patient_id = :patient")

# What has come of an appointment, a course or a place on a waitlist since it went over is his as well.
COMES_BACK = text("""
    WITH RECURSIVE back AS (
        SELECT id FROM appointments WHERE patient_id = :patient AND (id = ANY(CAST(:appointments AS uuid[]))
            OR course_id = ANY(CAST(:courses AS uuid[])) OR id IN (
                SELECT appointment_id FROM waitlist_offers WHERE entry_id = ANY(CAST(:waitlist_entries AS uuid[]))))
        UNION
        SELECT a.id FROM back JOIN appointments a ON a.rescheduled_from = back.id AND a.patient_id = :patient
    )
    SELECT id FROM back
""")


async def visits_of(tx: Transaction, patient_id: int) -> list[str]:
    """The ids of all his appointments."""
    return [str(each) for each in (await tx.execute(OF_PATIENT, {"patient": patient_id})).scalars()]


async def visits_back(tx: Transaction, patient_id: int, moved: Moved) -> list[str]:
    """Those that came to him with what was moved, and what became of them."""
    named = {name: moved[name] for name in ("appointments", "courses", "waitlist_entries")}
    return [str(each) for each in (await tx.execute(COMES_BACK, {"patient": patient_id, **named})).scalars()]


async def days_of(tx: Transaction, visits: Collection[str]) -> dict[tuple[int, date], set[int]]:
    """The doctors' days of those appointments, each with the clinics where it is."""
    found: dict[tuple[int, date], set[int]] = defaultdict(set)
    for row in await tx.execute(DAYS, {"ids": list(visits)}):
        found[row.doctor_id, row.day].add(row.clinic_id)
    return dict(found)


async def give(tx: Transaction, visits: Collection[str], source: int, target: int) -> int:
    """Give these appointments, and what is said of them, to another; the sum of the versions that they have now."""
    values = {"source": source, "target": target, "ids": list(visits)}
    versions = (await tx.execute(text(GIVE), values)).scalars().all()
    for table in OF_VISITS:
        await tx.execute(text(_update(table)), values)
    return sum(versions)


async def give_rows(tx: Transaction, source: int, target: int) -> Moved:
    """Give the rest, all of it; what it was."""
    moved: Moved = {}
    for table in ROWS:
        query = f"UPDATE {table} SET patient_id = :target WHERE patient_id = :source RETURNING id"  # noqa: S608
        moved[table] = [str(each) for each in (await tx.execute(text(query), _pair(source, target))).scalars()]
    return moved


async def give_rows_back(tx: Transaction, moved: Moved, source: int, target: int) -> None:
    """Give back what `give_rows` gave."""
    for table in ROWS:
        await tx.execute(text(_update(table)), _pair(source, target) | {"ids": moved[table]})


def _update(table: str) -> str:
    return (
        f"UPDATE {table} SET patient_id = :target"  # noqa: S608  (the names are ours)
        " WHERE patient_id = :source AND id = ANY(CAST(:ids AS uuid[]))"
    )


def _pair(source: int, target: int) -> dict[str, Any]:
    return {"source": source, "target": target}
