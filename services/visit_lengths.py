"""What a doctor's past days say of the next, read from the book and kept in the process for a while."""

import asyncio
from collections import OrderedDict
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import text

from core import db
from services import schedules
from services.past_days import NOTHING, History, Visit, learn
from services.walls import local_day

__all__ = ["NOTHING", "History", "forget", "history"]

KEPT_FOR = timedelta(minutes=10)
KEPT = 1000
"""Doctors whose past a process keeps."""

PAST = text("""
    SELECT a.doctor_id, a.visit_type, a.starts_at, a.ends_at, a.status, a.source, a.is_emergency, a.checked_in_at,
        a.started_at, a.ended_at
    FROM doctors d, LATERAL (
        (SELECT * FROM appointments WHERE doctor_id = d.id AND starts_at >= :since AND starts_at < :until
            AND status IN ('completed', 'no_show') ORDER BY starts_at DESC LIMIT 2000)
        UNION ALL
        (SELECT b.* FROM doctors o JOIN appointments b ON b.doctor_id = o.id
            WHERE o.clinic_id = d.clinic_id AND o.id <> d.id AND b.starts_at >= :lately AND b.starts_at < :until
            AND b.status IN ('completed', 'no_show') LIMIT 2000)) a
    WHERE d.id = :doctor_id
""")
"""The last four months of his own, the last three weeks of his clinic; nothing of today, which speaks for itself."""


class _Known(NamedTuple):
    read_at: datetime
    history: History


_kept: OrderedDict[int, _Known] = OrderedDict()
_reading: dict[int, asyncio.Task[History]] = {}


async def history(doctor_id: int, now: datetime) -> History:
    """What is known of him, as of some minutes ago at most; of one who is not there, nothing."""
    if (known := _kept.get(doctor_id)) is not None and abs(now - known.read_at) < KEPT_FOR:
        _kept.move_to_end(doctor_id)
        return known.history
    task = _reading.get(doctor_id)
    if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
        # One reading for all who ask meanwhile; and who asked first may go away before it is done.
        task = _reading[doctor_id] = asyncio.create_task(_read(doctor_id, now))
        task.add_done_callback(lambda _: _reading.pop(doctor_id, None))
    return await asyncio.shield(task)


def forget() -> None:
    """Drop what the process keeps; for tests, which change databases under it."""
    _kept.clear()


async def _read(doctor_id: int, now: datetime) -> History:
    async with db.snapshot() as connection:
        found = await schedules.rules(connection, [doctor_id])
        if (book := found.get(doctor_id)) is None:
            return NOTHING
        spans = {"since": now - timedelta(days=120), "lately": now - timedelta(days=21), "until": now}
        rows = (await connection.execute(PAST, {"doctor_id": doctor_id, **spans})).all()
    today = local_day(now, book.zone)
    visits = [Visit.of(row) for row in rows if local_day(row.starts_at, book.zone) < today]
    days: set[date] = {local_day(visit.starts_at, book.zone) for visit in visits if visit.doctor_id == doctor_id}
    opens = {day: [stretch.opens for stretch in book.stretches(day)] for day in days}
    # A second of arithmetic for a busy house: not where everybody else waits for this process.
    learnt = await asyncio.to_thread(learn, visits, doctor_id, book.zone, opens)
    _kept[doctor_id] = _Known(now, learnt)
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return learnt
