"""What was rearranged lately and can still be taken back, and what became of each whom it met."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from core import db
from core.db import transaction
from core.errors import NotFound
from services.permissions import Actor, can
from services.trail import read

LATELY = timedelta(days=7)
"""How long ago it may have been done to be listed."""

WAITS = """
    EXISTS (SELECT FROM waitlist_entries w WHERE w.patient_id = a.patient_id AND w.doctor_id = a.doctor_id
        AND (w.displaced_by = r.id OR w.status IN ('waiting', 'offered') AND w.created_at < r.created_at))
"""
"""Whether one who has no other time was put on the list of his doctor, or was on it already."""

DONE = f"""
    SELECT r.id, r.created_at,
        coalesce(jsonb_typeof(r.picked) = 'object', false) AS is_picked,
        coalesce(jsonb_typeof(r.hours) = 'object', false) AS is_cut,
        r.picked,
        c.name AS closure, u.name AS made_by, k.id AS clinic_id,
        CASE WHEN cardinality(r.leave_ids) > 1 THEN NULL ELSE d.id END AS doctor_id,
        CASE WHEN cardinality(r.leave_ids) > 1 THEN (SELECT string_agg(o.name, ', ' ORDER BY o.name)
            FROM leaves v JOIN doctors o ON o.id = v.doctor_id WHERE v.id = ANY(r.leave_ids)) ELSE d.name END AS doctor,
        k.name AS clinic, k.time_zone AS zone,
        coalesce(l.starts_at, c.starts_at, (r.picked->>'starts_at')::timestamptz) AS starts_at,
        coalesce(l.ends_at, c.ends_at, (r.picked->>'ends_at')::timestamptz) AS ends_at,
        (SELECT count(*) FROM resolution_moves m WHERE m.resolution_id = r.id AND m.moved_to IS NOT NULL) AS moved,
        (SELECT count(*) FROM resolution_moves m JOIN appointments a ON a.id = m.appointment_id
            WHERE m.resolution_id = r.id AND m.moved_to IS NULL AND {WAITS}) AS offered,
        (SELECT count(*) FROM resolution_moves m WHERE m.resolution_id = r.id) AS met
    FROM resolutions r
    LEFT JOIN leaves l ON l.id = r.leave_ids[1]
    LEFT JOIN closures c ON c.id = r.closure_id
    LEFT JOIN doctors d
        ON d.id = coalesce(l.doctor_id, (r.hours->>'doctor_id')::integer, (r.picked->>'doctor_id')::integer)
    JOIN clinics k ON k.id = coalesce(d.clinic_id, c.clinic_id, (r.picked->>'clinic_id')::integer)
    LEFT JOIN users u ON u.id = r.created_by
    WHERE r.undone_at IS NULL
"""  # noqa: S608  (the words are ours)

OF_CLINIC = text(DONE + " AND k.id = :clinic AND r.created_at > :since ORDER BY r.created_at DESC, r.id")

ONE = text(DONE + " AND r.id = :id").bindparams(bindparam("id", type_=PG_UUID))

FATES = text(f"""
    SELECT a.id, a.patient_id, p.name AS patient, a.starts_at, d.name AS doctor, k.time_zone AS zone,
        n.starts_at AS moved_to, e.name AS moved_to_doctor, {WAITS} AS waits
    FROM resolution_moves m
    JOIN resolutions r ON r.id = m.resolution_id
    JOIN appointments a ON a.id = m.appointment_id
    JOIN patients p ON p.id = a.patient_id
    JOIN doctors d ON d.id = a.doctor_id
    JOIN clinics k ON k.id = a.clinic_id
    LEFT JOIN appointments n ON n.id = m.moved_to
    LEFT JOIN doctors e ON e.id = n.doctor_id AND e.id <> a.doctor_id
    WHERE m.resolution_id = :id ORDER BY a.starts_at, a.id
""").bindparams(bindparam("id", type_=PG_UUID))  # noqa: S608  (the words are ours)


@dataclass(frozen=True, kw_only=True)
class Rearranged:
    """One change of the calendar, or one picking, with how many it moved, left for an offer, and cancelled.

    `doctor_id` None: of several doctors, whom `doctor` names, or of the whole clinic; `closure` is what it was called.
    The stretch of other hours is None.
    """

    resolution_id: UUID
    doctor_id: int | None
    clinic_id: int
    doctor: str
    clinic: str
    closure: str
    zone: str
    is_picked: bool
    delay: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    made_by: str
    created_at: datetime
    moved: int
    offered: int
    cancelled: int


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What became of one: the time that he has now, whether he waits for an offer; neither: it was cancelled."""

    appointment_id: UUID
    patient: str
    starts_at: datetime
    doctor: str
    zone: str
    moved_to: datetime | None
    moved_to_doctor: str
    waits: bool


async def lately(clinic_id: int, *, by: Actor, now: datetime) -> list[Rearranged]:
    """The last ones of the clinic that he may take back, newest first."""
    async with db.snapshot() as connection:
        rows = await connection.execute(OF_CLINIC, {"clinic": clinic_id, "since": now - LATELY})
        found = [_rearranged(row) for row in rows]
    return [each for each in found if can(by, "set_calendar", each)]


async def fates(resolution_id: UUID, *, by: Actor, now: datetime) -> list[Fate]:
    """Whom it met, in order of time; the reading is recorded. Raises NotFound, also for what is not his."""
    async with db.snapshot() as connection:
        row = (await connection.execute(ONE, {"id": resolution_id})).first()
        if row is None or not can(by, "set_calendar", _rearranged(row)):
            raise NotFound(resolution_id=str(resolution_id))
        rows = (await connection.execute(FATES, {"id": resolution_id})).all()
    if rows:
        async with transaction() as tx:
            what = "resolution", str(resolution_id)
            tx.record(read(by, "RearrangedRead", what, now=now, patient_ids={each.patient_id for each in rows}))
    return [
        Fate(
            appointment_id=each.id,
            patient=each.patient,
            starts_at=each.starts_at,
            doctor=each.doctor,
            zone=each.zone,
            moved_to=each.moved_to,
            moved_to_doctor=each.moved_to_doctor or "",
            waits=each.moved_to is None and each.waits,
        )
        for each in rows
    ]


def _rearranged(row: Row[Any]) -> Rearranged:
    delay = (row.picked or {}).get("delay")
    return Rearranged(
        resolution_id=row.id,
        doctor_id=row.doctor_id,
        clinic_id=row.clinic_id,
        doctor=row.doctor or "",
        clinic=row.clinic,
        closure=row.closure or "",
        zone=row.zone,
        is_picked=row.is_picked,
        delay=delay[1] if delay else None,
        starts_at=None if row.is_cut else row.starts_at,
        ends_at=None if row.is_cut else row.ends_at,
        made_by=row.made_by or "",
        created_at=row.created_at,
        moved=row.moved,
        offered=row.offered,
        cancelled=row.met - row.moved - row.offered,
    )
