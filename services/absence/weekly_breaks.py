"""The rows of a doctor's breaks of every week: cut as his hours are, and put back with them."""

from collections.abc import Mapping
from datetime import time
from typing import Any

import orjson
from sqlalchemy import text

from core.db import Transaction
from services.absence.new_hours import Rest

THERE = text("""
    SELECT coalesce(jsonb_agg(to_jsonb(b) - 'id' ORDER BY weekday, starts, ends), '[]')
    FROM breaks b WHERE doctor_id = :doctor_id AND weekday = ANY(:weekdays)
""")

AWAY = text("DELETE FROM breaks WHERE doctor_id = :doctor_id AND weekday = ANY(:weekdays)")

BACK = text("""
    INSERT INTO breaks (doctor_id, weekday, starts, ends) SELECT doctor_id, weekday, starts, ends
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS b (doctor_id int, weekday int, starts time, ends time)
""")


async def cut(tx: Transaction, doctor_id: int, wished: Mapping[int, tuple[Rest, ...]]) -> dict[str, Any]:
    """Write those of the weekdays that are named: which they are, and their rows before and after it."""
    weekdays = sorted(wished)
    before = await _rows(tx, doctor_id, weekdays)
    own = [_row(rest) | {"doctor_id": doctor_id, "weekday": day} for day in weekdays for rest in wished[day]]
    await _replace(tx, doctor_id, weekdays, own)
    return {"weekdays": weekdays, "before": before, "after": await _rows(tx, doctor_id, weekdays)}


async def put_back(tx: Transaction, doctor_id: int, made: dict[str, Any]) -> bool:
    """As they were before that cut; False where they were changed since, and nothing is done."""
    if await _rows(tx, doctor_id, made["weekdays"]) != made["after"]:
        return False
    await _replace(tx, doctor_id, made["weekdays"], made["before"])
    return True


async def _rows(tx: Transaction, doctor_id: int, weekdays: list[int]) -> list[dict[str, Any]]:
    """As JSON: Python has no 24:00."""
    found: list[dict[str, Any]] = (await tx.execute(THERE, {"doctor_id": doctor_id, "weekdays": weekdays})).scalar_one()
    return found


async def _replace(tx: Transaction, doctor_id: int, weekdays: list[int], rows: list[dict[str, Any]]) -> None:
    await tx.execute(AWAY, {"doctor_id": doctor_id, "weekdays": weekdays})
    await tx.execute(BACK, {"rows": orjson.dumps(rows).decode()})


def _row(rest: Rest) -> dict[str, Any]:
    return {"starts": rest.starts.isoformat(), "ends": "24:00" if rest.ends == time.min else rest.ends.isoformat()}
