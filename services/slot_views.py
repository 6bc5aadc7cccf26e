"""What patients see of a doctor's times: the grid of a day, and how many are open on each of the next days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from models import DoctorDay
from services.schedules import schedule
from services.slots import Slot, SlotStatus

STRIP_DAYS = 14
"""Days whose open times are counted beside the slot grid."""


@dataclass(frozen=True, kw_only=True)
class SlotsView:
    """The slot grid of one doctor's day; `zone` is the clinic's."""

    doctor_id: int
    day: date
    zone: str
    version: int
    valid_until: datetime | None
    slots: tuple[Slot, ...]


@dataclass(frozen=True, kw_only=True)
class StripView:
    """How many times are open on each of the next days."""

    doctor_id: int
    version: int
    valid_until: datetime | None
    open: dict[date, int]


async def slots_view(doctor_id: int, day: date, now: datetime) -> SlotsView:
    """The slot grid as it stands. Raises NotFound."""
    async with db.snapshot() as connection:
        book = await schedule(connection, doctor_id, day, day)
    slots = book.slots(day, now)
    return SlotsView(
        doctor_id=doctor_id,
        day=day,
        zone=book.zone,
        version=book.versions.get(day, 0),
        valid_until=book.valid_until(slots, now),
        slots=tuple(slots),
    )


async def strip_view(doctor_id: int, now: datetime) -> StripView:
    """The count of open times as it stands. Raises NotFound."""
    first = now.date() - timedelta(days=1)
    async with db.snapshot() as connection:
        book = await schedule(connection, doctor_id, first, first + timedelta(days=STRIP_DAYS + 2))
        total = (await strip_versions(connection, [[str(doctor_id)]]))[0]
    ahead = [book.today(now) + timedelta(days=offset) for offset in range(STRIP_DAYS)]
    grids = {day: book.slots(day, now) for day in ahead}
    return StripView(
        doctor_id=doctor_id,
        version=total,
        valid_until=book.valid_until([slot for slots in grids.values() for slot in slots], now),
        open={day: sum(slot.status == SlotStatus.OPEN for slot in slots) for day, slots in grids.items()},
    )


async def strip_versions(connection: AsyncConnection, rooms: Sequence[list[str]]) -> list[int]:
    """The versions of those doctors' strips, in their order."""
    ids = [int(doctor_id) for (doctor_id,) in rooms]
    query = (
        select(col(DoctorDay.doctor_id), func.sum(col(DoctorDay.version)))
        .where(col(DoctorDay.doctor_id).in_(ids))
        .group_by(col(DoctorDay.doctor_id))
    )
    found = {doctor_id: int(total) for doctor_id, total in await connection.execute(query)}
    return [found.get(doctor_id, 0) for doctor_id in ids]
