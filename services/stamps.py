"""Whether what was read of a doctor's days still holds: asked of the database each time, for all who ask at once."""

import asyncio
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER
from sqlmodel import Date

from core import db

# A day's version only grows, so the sum moves with any of them; two days on each side are more than two wall clocks
# differ and a visit may reach over.
STAMPS = text("""
    SELECT a.doctor_id, a.first, a.last, d.schedule_version, c.time_zone,
        (SELECT coalesce(sum(version), 0) FROM doctor_days v
         WHERE v.doctor_id = a.doctor_id AND v.day BETWEEN a.first - 2 AND a.last + 2) AS days_version
    FROM unnest(:ids, :firsts, :lasts) AS a (doctor_id, first, last)
    JOIN doctors d ON d.id = a.doctor_id AND d.is_active
    JOIN clinics c ON c.id = d.clinic_id
""").bindparams(
    bindparam("ids", type_=ARRAY(INTEGER)),
    bindparam("firsts", type_=ARRAY(Date)),
    bindparam("lasts", type_=ARRAY(Date)),
)


class Days(NamedTuple):
    """A doctor's days from `first` to `last`, both included."""

    doctor_id: int
    first: date
    last: date


class Stamp(NamedTuple):
    """The same for as long as nothing that decides those days' open times has changed, but the clock."""

    schedule_version: int
    days_version: int
    zone: str


class Stamps:
    """Asks for the stamps of all who wait in one statement, which begins after each of them has begun to wait."""

    def __init__(self) -> None:
        """Nobody waits."""
        self.waiting: dict[Days, asyncio.Future[Stamp | None]] = {}
        self.task: asyncio.Task[None] | None = None

    async def of(self, days: Days) -> Stamp | None:
        """The stamp as of now, of a commit that has been confirmed nothing is missed; None: there is no such doctor."""
        if (future := self.waiting.get(days)) is None:
            future = self.waiting[days] = asyncio.get_running_loop().create_future()
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._ask())
        return await asyncio.shield(future)

    async def _ask(self) -> None:
        while self.waiting:
            asked, self.waiting = self.waiting, {}
            try:
                found = await _read(list(asked))
            except Exception as error:  # noqa: BLE001  (each who waits raises it)
                for future in asked.values():
                    future.set_exception(error)
                    # One who no longer waits need not hear of it.
                    future.exception()
            else:
                for days, future in asked.items():
                    future.set_result(found.get(days))


async def _read(asked: list[Days]) -> dict[Days, Stamp]:
    ids, firsts, lasts = (list(values) for values in zip(*asked, strict=True))
    async with db.glance() as connection:
        rows = await connection.execute(STAMPS, {"ids": ids, "firsts": firsts, "lasts": lasts})
        return {
            Days(row.doctor_id, row.first, row.last): Stamp(row.schedule_version, int(row.days_version), row.time_zone)
            for row in rows
        }


@lru_cache(maxsize=1)
def _of_loop(_loop: asyncio.AbstractEventLoop) -> Stamps:
    return Stamps()


async def stamp(days: Days) -> Stamp | None:
    """See `Stamps.of`. Raises Unavailable when the database is gone."""
    return await _of_loop(asyncio.get_running_loop()).of(days)
