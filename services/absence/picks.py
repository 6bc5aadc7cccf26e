"""What was picked from a stretch, as the resolution keeps it; and the delay that came with it, said and taken back."""

from datetime import date, datetime, timedelta
from typing import Any

from core.db import Transaction
from core.errors import Invalid
from services import lateness, schedules
from services.absence.leaves import Picked
from services.day_locks import day_topic
from services.permissions import Actor


async def note(tx: Transaction, change: Picked, now: datetime) -> dict[str, Any]:
    """The stretch, whose it is, and today's delay before and after; nothing is written yet."""
    stretch = {"starts_at": change.starts_at.isoformat(), "ends_at": change.ends_at.isoformat()}
    known: dict[str, Any] = {"doctor_id": change.doctor_id, "clinic_id": change.clinic_id, **stretch}
    if change.doctor_id is None or change.delay is None:
        return known
    day = await schedules.day_of(tx.connection, change.doctor_id, now)
    if day_topic(change.doctor_id, day) not in tx.versions:
        raise Invalid(field="minutes")
    before = _minutes(await lateness.delay_of(tx, change.doctor_id, day))
    return known | {"day": day.isoformat(), "delay": [before, change.delay]}


def of(picked: dict[str, Any]) -> Picked:
    """The change that was noted, as far as its days tell it."""
    since, until = (datetime.fromisoformat(picked[name]) for name in ("starts_at", "ends_at"))
    return Picked(doctor_id=picked["doctor_id"], clinic_id=picked["clinic_id"], starts_at=since, ends_at=until)


async def run_late(tx: Transaction, picked: dict[str, Any], *, by: Actor, now: datetime) -> None:
    """Say the delay, once those who do not wait for it are gone."""
    if "delay" in picked:
        await _say(tx, picked, picked["delay"][1], by, now)


async def take_back(tx: Transaction, picked: dict[str, Any], *, by: Actor, now: datetime) -> bool:
    """Say the delay that was; False where another has been said since, or the day is over."""
    if "delay" not in picked:
        return True
    (before, after), day = picked["delay"], date.fromisoformat(picked["day"])
    is_over = day_topic(picked["doctor_id"], day) not in tx.versions
    if is_over or _minutes(await lateness.delay_of(tx, picked["doctor_id"], day)) != after:
        return False
    await _say(tx, picked, before, by, now)
    return True


async def _say(tx: Transaction, picked: dict[str, Any], minutes: int, by: Actor, now: datetime) -> None:
    day = date.fromisoformat(picked["day"])
    await lateness.say(tx, picked["doctor_id"], day, timedelta(minutes=minutes), by=by, now=now)


def _minutes(delay: timedelta) -> int:
    return int(delay.total_seconds() // 60)
