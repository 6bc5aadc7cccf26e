"""The earliest open slot of each doctor and mode, kept current by events, so that search is one indexed query."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Date, cast, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.events import Event
from models import Clinic, Doctor, DoctorDay, NextOpen
from services.schedules import schedules

NEAR = timedelta(days=14)
"""Most doctors have an open slot within this; only the others are read up to their horizon."""

RECENT = timedelta(minutes=20)
"""How far back `changes` goes. A list on a screen is read anew more often than that."""

TOPIC = "next-open"
"""What is told when any doctor's next open slot moves."""

BATCH = 100
"""Doctors refreshed in one transaction."""

DayVersions = dict[tuple[int, date], int]
"""By doctor and date: the version of the day in the book."""


@dataclass(frozen=True)
class Earliest:
    """`starts_at` in UTC, None where nothing is open; `zone` is the clinic's."""

    doctor_id: int
    mode: str
    starts_at: datetime | None
    zone: str


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The doctors whose earliest slot moved of late, with that of each of their modes."""

    version: int
    earliest: tuple[Earliest, ...]
    valid_until: datetime | None = None


async def refresh(doctor_ids: Collection[int], now: datetime) -> int:
    """Compute those doctors' earliest slots anew; how many moved. Two at once give the same result as one."""
    moved = 0
    ids = sorted(doctor_ids)
    for start in range(0, len(ids), BATCH):
        moved += await _refresh(ids[start : start + BATCH], now)
    return moved


async def changed(since: datetime) -> DayVersions:
    """The doctors' days that changed since then, and the version that each has now."""
    query = select(col(DoctorDay.doctor_id), col(DoctorDay.day), col(DoctorDay.version))
    async with db.glance() as connection:
        rows = await connection.execute(query.where(col(DoctorDay.changed_at) >= since))
    return {(row.doctor_id, row.day): row.version for row in rows}


async def due(now: datetime, since: datetime) -> set[int]:
    """The doctors to refresh though none of their days changed: whose slot has come too near, who have no row yet.

    And those with nothing open, when a date has turned on their wall clock since then: their horizon has moved.
    """
    too_near = (
        select(col(NextOpen.doctor_id))
        .join(Doctor, col(Doctor.id) == col(NextOpen.doctor_id))
        .where(col(NextOpen.starts_at) < now + col(Doctor.notice_minutes) * text("interval '1 minute'"))
    )
    zone = col(Clinic.time_zone)
    turned = (
        select(col(NextOpen.doctor_id))
        .join(Doctor, col(Doctor.id) == col(NextOpen.doctor_id))
        .join(Clinic, col(Clinic.id) == col(Doctor.clinic_id))
        .where(
            col(NextOpen.starts_at).is_(None),
            cast(func.timezone(zone, since), Date) < cast(func.timezone(zone, now), Date),
        )
    )
    missing = (
        select(col(Doctor.id))
        .outerjoin(NextOpen, col(NextOpen.doctor_id) == col(Doctor.id))
        .where(col(Doctor.is_active), col(NextOpen.doctor_id).is_(None))
    )
    async with db.snapshot() as connection:
        return set(await connection.scalars(too_near.union(turned, missing)))


async def changes(now: datetime) -> Changes:
    """What moved within `RECENT`: the same for all who look at any list of doctors."""
    # One that was computed for the first time has not moved: whoever reads the list finds it there.
    moved = select(col(NextOpen.doctor_id)).where(col(NextOpen.changed_at) > now - RECENT, col(NextOpen.version) > 1)
    query = (
        select(col(NextOpen.doctor_id), col(NextOpen.mode), col(NextOpen.starts_at), col(Clinic.time_zone))
        .join(Doctor, col(Doctor.id) == col(NextOpen.doctor_id))
        .join(Clinic, col(Clinic.id) == col(Doctor.clinic_id))
        .where(col(NextOpen.doctor_id).in_(moved))
    )
    async with db.snapshot() as connection:
        rows = (await connection.execute(query)).all()
        number = await version(connection)
    return Changes(version=number, earliest=tuple(Earliest(*row) for row in rows))


async def version(connection: AsyncConnection) -> int:
    """How often any of them has moved: two that move at one moment count as two."""
    return await connection.scalar(select(func.sum(col(NextOpen.version)))) or 0


async def _refresh(ids: list[int], now: datetime) -> int:
    async with db.transaction() as tx:
        # One refresh of a doctor at a time, each reading after the one before has committed.
        await tx.execute(
            text("SELECT pg_advisory_xact_lock(:space, id) FROM unnest(CAST(:ids AS integer[])) AS id ORDER BY id"),
            {"space": 7, "ids": ids},
        )
        earliest = await _earliest(tx.connection, ids, now)
        rows = [
            {"doctor_id": doctor_id, "mode": mode, "starts_at": starts_at, "changed_at": now}
            for (doctor_id, mode), starts_at in earliest.items()
        ]
        if not rows:
            return 0
        insertion = insert(NextOpen)
        upsert = insertion.on_conflict_do_update(
            index_elements=["doctor_id", "mode"],
            set_={
                "starts_at": insertion.excluded.starts_at,
                "changed_at": insertion.excluded.changed_at,
                "version": col(NextOpen.version) + 1,
            },
            where=col(NextOpen.starts_at).is_distinct_from(insertion.excluded.starts_at),
        ).returning(col(NextOpen.doctor_id))
        moved = (await tx.execute(upsert.values(rows))).all()
        if moved:
            tx.announce(Event(kind="NextOpenMoved", topics=(TOPIC,), data={"count": len(moved)}, occurred_at=now))
        return len(moved)


async def _earliest(
    connection: AsyncConnection, ids: list[int], now: datetime
) -> dict[tuple[int, str], datetime | None]:
    query = select(col(Doctor.id), col(Doctor.modes)).where(col(Doctor.id).in_(ids))
    doctors = (await connection.execute(query)).all()
    found: dict[tuple[int, str], datetime | None] = {}
    for span, wanted in ((NEAR, ids), (timedelta(days=366), None)):
        # The second round reads far ahead, for those only who have nothing near.
        wanted = wanted or sorted({row.id for row in doctors if any(found.get((row.id, m)) is None for m in row.modes)})
        # Today on any wall clock is within a day of today in UTC.
        first, last = now.date() - timedelta(days=1), now.date() + timedelta(days=1) + span
        books = await schedules(connection, wanted, first, last) if wanted else {}
        for row in doctors:
            for mode in row.modes:
                if found.get((row.id, mode)) is None:
                    book = books.get(row.id)
                    open_slots = book.open_slots(now, mode=mode, within=span) if book else iter(())
                    found[row.id, mode] = next((slot.starts_at for slot in open_slots), None)
    return found
