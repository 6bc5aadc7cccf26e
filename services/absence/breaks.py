"""A break that begins now: nobody is moved for it, those who are here wait a little longer, and no more are let in."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, any_, delete, exists, insert, text, update
from sqlmodel import col

from core import db
from core.db import Transaction, transaction
from core.errors import Invalid
from core.events import Event
from core.tables import table
from models import Leave, Resolution
from services import schedules
from services.day_locks import day_topic, lock_days
from services.days import doctor_ref
from services.gaps import clinic_topics
from services.permissions import Actor, require
from services.trail import entry
from services.walls import bounds

BACK_AT = """
    (SELECT max(l.ends_at) FROM leaves l WHERE l.doctor_id = :doctor_id AND l.starts_at <= :now AND l.ends_at > :now
        AND NOT EXISTS (SELECT FROM resolutions r WHERE l.id = ANY(r.leave_ids)))
"""
"""Within a statement: when the break that runs is over; NULL where none does. A leave that was resolved is no break."""

ENDS = text(f"SELECT {BACK_AT}")

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=3)
"""What is longer is a leave, which moves whom it strands."""


async def take_break(doctor_id: int, how_long: timedelta, *, by: Actor, now: datetime) -> datetime:
    """The doctor is back after `how_long`, at midnight at the latest; one who is away longer already stays so.

    When he is back comes back. Raises NotFound, NotAllowed, Invalid.
    """
    if not SHORTEST <= how_long <= LONGEST:
        raise Invalid(field="minutes")
    doctor = await doctor_ref(doctor_id)
    require(by, "run_day", doctor)
    async with transaction() as tx:
        day = await _lock(tx, doctor_id, now)
        back_at = min(now + how_long, bounds(day, doctor.zone)[1])
        rows, running = table(Leave), _running(doctor_id, now)
        await tx.execute(update(rows).where(*running, rows.c.ends_at < back_at).values(ends_at=back_at))
        known = (await tx.execute(ENDS, {"doctor_id": doctor_id, "now": now})).scalar_one()
        if known is None:
            values = {"doctor_id": doctor_id, "starts_at": now, "ends_at": back_at, "created_at": now}
            await tx.execute(insert(rows).values(values))
        back_at = known or back_at
        await _tell(tx, "BreakTaken", doctor_id, day, back_at, by=by, now=now)
    return back_at


async def end_break(doctor_id: int, *, by: Actor, now: datetime) -> None:
    """The doctor is back; where he was not away nothing is done. A leave that was resolved is no break.

    Raises NotFound, NotAllowed.
    """
    require(by, "run_day", await doctor_ref(doctor_id))
    async with transaction() as tx:
        day = await _lock(tx, doctor_id, now)
        rows, running = table(Leave), _running(doctor_id, now)
        begun = await tx.execute(delete(rows).where(*running, rows.c.starts_at >= now).returning(rows.c.id))
        ended = await tx.execute(update(rows).where(*running).values(ends_at=now).returning(rows.c.id))
        if [*begun, *ended]:
            await _tell(tx, "BreakEnded", doctor_id, day, now, by=by, now=now)


async def back_at(doctor_id: int, now: datetime) -> datetime | None:
    """When the break that runs is over; None where none does."""
    async with db.glance() as connection:
        found: datetime | None = (await connection.execute(ENDS, {"doctor_id": doctor_id, "now": now})).scalar_one()
        return found


def _running(doctor_id: int, now: datetime) -> list[ColumnElement[bool]]:
    of_a_resolution = exists().where(col(Leave.id) == any_(col(Resolution.leave_ids)))
    return [
        col(Leave.doctor_id) == doctor_id,
        col(Leave.starts_at) <= now,
        col(Leave.ends_at) > now,
        ~of_a_resolution,
    ]


async def _lock(tx: Transaction, doctor_id: int, now: datetime) -> date:
    day = await schedules.day_of(tx.connection, doctor_id, now)
    await lock_days(tx, [(doctor_id, day)], now)
    return day


async def _tell(
    tx: Transaction, kind: str, doctor_id: int, day: date, back_at: datetime, *, by: Actor, now: datetime
) -> None:
    topic = day_topic(doctor_id, day)
    clinics = clinic_topics((await schedules.rules(tx.connection, [doctor_id])).values())
    data = {"doctor_id": doctor_id, "day": day.isoformat(), "day_version": tx.versions[topic]}
    tx.announce(Event(kind=kind, topics=(f"doctor:{doctor_id}", topic, *sorted(clinics)), data=data, occurred_at=now))
    details = {"back_at": back_at.isoformat()}
    tx.record(entry(by, kind, ("doctor_day", f"{doctor_id}:{day}"), now=now, details=details))
