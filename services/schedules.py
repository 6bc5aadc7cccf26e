"""Reading what decides a doctor's open times."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core.errors import NotFound
from models import Appointment, Clinic, Doctor, DoctorDay, Leave, WeeklyHours
from models.appointment import ACTIVE, Status
from services.slots import Hours, Schedule, Taken, bounds


async def schedule(connection: AsyncConnection, doctor_id: int, first: date, last: date) -> Schedule:
    """The doctor's schedule from `first` to `last`, both included. Raises NotFound."""
    found = await schedules(connection, [doctor_id], first, last)
    if doctor_id not in found:
        raise NotFound(doctor_id=doctor_id)
    return found[doctor_id]


async def schedules(
    connection: AsyncConnection, doctor_ids: Collection[int], first: date, last: date
) -> dict[int, Schedule]:
    """The schedules of those of `doctor_ids` that are active, by id."""
    ids = list(doctor_ids)
    doctors = (
        await connection.execute(
            select(
                col(Doctor.id),
                col(Doctor.clinic_id),
                col(Doctor.slot_minutes),
                col(Doctor.notice_minutes),
                col(Doctor.horizon_days),
                col(Doctor.fee),
                col(Clinic.time_zone),
            )
            .join(Clinic, col(Clinic.id) == col(Doctor.clinic_id))
            .where(col(Doctor.id).in_(ids), col(Doctor.is_active))
        )
    ).all()
    hours = await _hours(connection, ids)
    # A day wider on each side: the widest difference between two wall clocks.
    since, until = bounds(first, "UTC")[0] - timedelta(days=1), bounds(last, "UTC")[1] + timedelta(days=1)
    leaves = await _leaves(connection, ids, since, until)
    taken = await _taken(connection, ids, since, until)
    versions = await _versions(connection, ids, first, last)
    return {
        row.id: Schedule(
            doctor_id=row.id,
            clinic_id=row.clinic_id,
            zone=row.time_zone,
            slot_minutes=row.slot_minutes,
            notice=timedelta(minutes=row.notice_minutes),
            horizon=timedelta(days=row.horizon_days),
            fee=row.fee,
            hours=hours.get(row.id, []),
            leaves=leaves.get(row.id, []),
            taken=taken.get(row.id, []),
            versions=versions.get(row.id, {}),
        )
        for row in doctors
    }


async def _hours(connection: AsyncConnection, ids: list[int]) -> dict[int, list[Hours]]:
    query = select(
        col(WeeklyHours.doctor_id),
        col(WeeklyHours.weekday),
        col(WeeklyHours.opens),
        col(WeeklyHours.closes),
        col(WeeklyHours.modes),
    ).where(col(WeeklyHours.doctor_id).in_(ids))
    found: dict[int, list[Hours]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.doctor_id, []).append(Hours(row.weekday, row.opens, row.closes, tuple(row.modes)))
    return found


async def _leaves(
    connection: AsyncConnection, ids: list[int], since: datetime, until: datetime
) -> dict[int, list[tuple[datetime, datetime]]]:
    query = select(col(Leave.doctor_id), col(Leave.starts_at), col(Leave.ends_at)).where(
        col(Leave.doctor_id).in_(ids), col(Leave.starts_at) < until, col(Leave.ends_at) > since
    )
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.doctor_id, []).append((row.starts_at, row.ends_at))
    return found


async def _taken(
    connection: AsyncConnection, ids: list[int], since: datetime, until: datetime
) -> dict[int, list[Taken]]:
    query = select(
        col(Appointment.doctor_id),
        col(Appointment.starts_at),
        col(Appointment.ends_at),
        col(Appointment.status),
        col(Appointment.held_until),
    ).where(
        col(Appointment.doctor_id).in_(ids),
        col(Appointment.starts_at) >= since,
        col(Appointment.starts_at) < until,
        col(Appointment.status).in_(sorted(ACTIVE)),
    )
    found: dict[int, list[Taken]] = {}
    for row in await connection.execute(query):
        taken = Taken(row.starts_at, row.ends_at, Status(row.status), row.held_until)
        found.setdefault(row.doctor_id, []).append(taken)
    return found


async def _versions(connection: AsyncConnection, ids: list[int], first: date, last: date) -> dict[int, dict[date, int]]:
    query = select(col(DoctorDay.doctor_id), col(DoctorDay.day), col(DoctorDay.version)).where(
        col(DoctorDay.doctor_id).in_(ids), col(DoctorDay.day).between(first, last)
    )
    found: dict[int, dict[date, int]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.doctor_id, {})[row.day] = row.version
    return found


async def day_of(connection: AsyncConnection, doctor_id: int, instant: datetime) -> date:
    """The date of `instant` on the wall clock of the doctor's clinic. Raises NotFound."""
    query = (
        select(func.timezone(col(Clinic.time_zone), instant))
        .join(Doctor, col(Doctor.clinic_id) == col(Clinic.id))
        .where(col(Doctor.id) == doctor_id, col(Doctor.is_active))
    )
    local = await connection.scalar(query)
    if local is None:
        raise NotFound(doctor_id=doctor_id)
    day: date = local.date()
    return day
