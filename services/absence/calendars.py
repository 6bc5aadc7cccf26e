"""How a change of the calendar is written, and taken back: the rows of leaves, closures and hours."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import orjson
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core.db import Transaction
from core.tables import table
from models import Closure, Doctor, Leave, Resolution
from services.absence import picks
from services.absence import weekly_breaks as breaks
from services.absence.leaves import Away, Change, Closed, Picked
from services.absence.new_hours import DayHours, Sitting, WeekHours
from services.permissions import Actor
from services.refusals import HoursOverlap

HOURS = {"day": "hour_overrides", "weekday": "weekly_hours"}
"""What hours are kept by, and where."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """Where a change was written; `hours` of a cut are the rows before and after it, `picked` the stretch."""

    leave_ids: list[int] | None = None
    closure_id: int | None = None
    hours: dict[str, Any] | None = None
    picked: dict[str, Any] | None = None


async def write(tx: Transaction, change: Change, now: datetime) -> Written:
    """Make it so; the days that it touches are locked by the caller."""
    match change:
        case Away():
            stretch = {"starts_at": change.starts_at, "ends_at": change.ends_at, "created_at": now}
            doctors = sorted(set(change.doctor_ids))
            return Written(leave_ids=[await _insert(tx, Leave, {"doctor_id": each} | stretch) for each in doctors])
        case Closed():
            values = {"clinic_id": change.clinic_id, "starts_at": change.starts_at, "ends_at": change.ends_at}
            return Written(closure_id=await _insert(tx, Closure, values | {"name": change.name, "created_at": now}))
        case Picked():
            return Written(picked=await picks.note(tx, change, now))
        case DayHours():
            own_clinic = select(col(Doctor.clinic_id)).where(col(Doctor.id) == change.doctor_id)
            home = (await tx.execute(own_clinic)).scalar_one()
            nowhere: dict[str, Any] = {"opens": None, "closes": None, "modes": [], "clinic_id": home}
            own = [_row(sitting) for sitting in change.sittings] or [nowhere]
            day = change.day.isoformat()
            return Written(hours=await _cut(tx, change.doctor_id, "day", [day], [row | {"day": day} for row in own]))
        case WeekHours():
            days = sorted(change.weekdays)
            own = [_row(sitting) | {"weekday": day} for day in days for sitting in change.weekdays[day]]
            cut = await _cut(tx, change.doctor_id, "weekday", days, own)
            if change.breaks:
                cut["breaks"] = await breaks.cut(tx, change.doctor_id, change.breaks)
            return Written(hours=cut)


async def change_of(connection: AsyncConnection, resolution: Resolution) -> Change | None:
    """The change that was resolved, as far as its days tell it; None where it is not there any more."""
    if (cut := resolution.hours) is not None:
        if cut["by"] == "day":
            return DayHours(doctor_id=cut["doctor_id"], day=date.fromisoformat(cut["keys"][0]))
        return WeekHours(doctor_id=cut["doctor_id"], weekdays=dict.fromkeys(cut["keys"], ()))
    if (picked := resolution.picked) is not None:
        return picks.of(picked)
    if resolution.closure_id is not None:
        row = (await connection.execute(select(table(Closure)).where(col(Closure.id) == resolution.closure_id))).first()
        return (
            row
            if row is None
            else Closed(clinic_id=row.clinic_id, starts_at=row.starts_at, ends_at=row.ends_at, name=row.name)
        )
    ids = resolution.leave_ids or []
    rows = (await connection.execute(select(table(Leave)).where(col(Leave.id).in_(ids)))).all()
    if not rows or len(rows) < len(ids):
        return None
    doctor_ids = tuple(sorted(row.doctor_id for row in rows))
    return Away(doctor_ids=doctor_ids, starts_at=rows[0].starts_at, ends_at=rows[0].ends_at)


async def take_back(tx: Transaction, resolution: Resolution, *, by: Actor, now: datetime) -> bool:
    """Make it as it was before; False where it was changed since, and nothing is done."""
    if resolution.picked is not None:
        return await picks.take_back(tx, resolution.picked, by=by, now=now)
    if resolution.hours is None:
        rows, ids = table(Leave), resolution.leave_ids or []
        if resolution.closure_id is not None:
            rows, ids = table(Closure), [resolution.closure_id]
        gone = (await tx.execute(delete(rows).where(rows.c.id.in_(ids)).returning(rows.c.id))).all()
        return len(gone) == len(ids)
    cut = resolution.hours
    if await _rows(tx, cut["doctor_id"], cut["by"], cut["keys"]) != cut["after"]:
        return False
    if "breaks" in cut and not await breaks.put_back(tx, cut["doctor_id"], cut["breaks"]):
        return False
    await _replace(tx, cut["doctor_id"], cut["by"], cut["keys"], cut["before"])
    return True


async def _insert(tx: Transaction, model: type[Leave | Closure], values: dict[str, Any]) -> int:
    rows = table(model)
    return int((await tx.execute(insert(rows).values(values).returning(rows.c.id))).scalar_one())


def _row(sitting: Sitting) -> dict[str, Any]:
    """As JSON; where hours end, 00:00 is the midnight after them, and that is 24:00 in the database."""
    closes = "24:00" if sitting.closes == time.min else sitting.closes.isoformat()
    return {
        "opens": sitting.opens.isoformat(),
        "closes": closes,
        "modes": list(sitting.modes),
        "clinic_id": sitting.clinic_id,
    }


async def _cut(tx: Transaction, doctor_id: int, by: str, keys: list[Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    before = await _rows(tx, doctor_id, by, keys)
    await _replace(tx, doctor_id, by, keys, [row | {"doctor_id": doctor_id} for row in rows])
    after = await _rows(tx, doctor_id, by, keys)
    return {"doctor_id": doctor_id, "by": by, "keys": keys, "before": before, "after": after}


async def _rows(tx: Transaction, doctor_id: int, by: str, keys: list[Any]) -> list[dict[str, Any]]:
    """The doctor's hours of those dates or weekdays, without their ids. As JSON: Python has no 24:00."""
    query = text(f"""
        SELECT coalesce(jsonb_agg(to_jsonb(h) - 'id' ORDER BY {by}, opens, closes, clinic_id), '[]')
        FROM {HOURS[by]} h WHERE doctor_id = :doctor_id AND {by}::text = ANY(:keys)
    """)  # noqa: S608  (the names are ours)
    values = {"doctor_id": doctor_id, "keys": [str(key) for key in keys]}
    found: list[dict[str, Any]] = (await tx.execute(query, values)).scalar_one()
    return found


async def _replace(tx: Transaction, doctor_id: int, by: str, keys: list[Any], rows: list[dict[str, Any]]) -> None:
    away = text(f"DELETE FROM {HOURS[by]} WHERE doctor_id = :doctor_id AND {by}::text = ANY(:keys)")  # noqa: S608
    await tx.execute(away, {"doctor_id": doctor_id, "keys": [str(key) for key in keys]})
    back = text(f"""
        INSERT INTO {HOURS[by]} (doctor_id, clinic_id, {by}, opens, closes, modes)
        SELECT doctor_id, clinic_id, {by}, opens, closes, modes
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS h (doctor_id int, clinic_id int,
            {by} {"date" if by == "day" else "int"}, opens time, closes time, modes text[])
    """)  # noqa: S608  (the names are ours)
    try:
        await tx.execute(back, {"rows": orjson.dumps(rows).decode()})
    except IntegrityError as error:
        if "weekly_hours_apart" in str(error.orig):
            raise HoursOverlap from error
        raise
