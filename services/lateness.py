"""What a day that runs late means for its patients: who is to be told, and who may change his time for free."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlmodel import col

from core.db import Transaction
from core.events import Event
from models import Appointment, DoctorDay
from models.appointment import Status
from services import schedules
from services.day_locks import day_topic
from services.gaps import clinic_topics
from services.permissions import Actor
from services.trail import entry

LONGEST_DELAY = timedelta(hours=8)
"""Who comes later than that is away."""


async def say(tx: Transaction, doctor_id: int, day: date, delay: timedelta, *, by: Actor, now: datetime) -> None:
    """The day, which the caller has locked, runs so late, in whole minutes. The event has who is to be told: `tell`."""
    minutes, topic = int(delay.total_seconds() // 60), day_topic(doctor_id, day)
    this_day = col(DoctorDay.doctor_id) == doctor_id, col(DoctorDay.day) == day
    await tx.execute(update(DoctorDay).where(*this_day).values(delay_minutes=minutes))
    clinics = clinic_topics((await schedules.rules(tx.connection, [doctor_id])).values())
    topics = f"doctor:{doctor_id}", topic, *sorted(clinics)
    data: dict[str, Any] = {
        "doctor_id": doctor_id,
        "day": day.isoformat(),
        "day_version": tx.versions[topic],
        "minutes": minutes,
        "tell": [str(each) for each in await affected(tx, doctor_id, day, delay, now)],
    }
    tx.announce(Event(kind="DoctorRunsLate", topics=topics, data=data, occurred_at=now))
    what = "doctor_day", f"{doctor_id}:{day}"
    tx.record(entry(by, "DoctorRunsLate", what, now=now, details={"minutes": minutes}))


async def delay_of(tx: Transaction, doctor_id: int, day: date) -> timedelta:
    """How late the doctor's day runs, as was last said."""
    this_day = col(DoctorDay.doctor_id) == doctor_id, col(DoctorDay.day) == day
    minutes = (await tx.execute(select(col(DoctorDay.delay_minutes)).where(*this_day))).scalar_one_or_none()
    return timedelta(minutes=minutes or 0)


async def frees(tx: Transaction, appointment: Appointment, now: datetime) -> bool:
    """Whether the patient may change it whatever the clinic's rule: he waits, or is to come, for a late doctor."""
    if appointment.status not in (Status.BOOKED, Status.CHECKED_IN):
        return False
    delay = await delay_of(tx, appointment.doctor_id, appointment.day)
    return is_freed(appointment.status, appointment.starts_at, delay, now)


def is_freed(status: Status, starts_at: datetime, delay: timedelta, now: datetime) -> bool:
    """The same of one whose doctor is that late."""
    # One who waits does so because of it; one who never came is not helped by it for ever.
    is_to_come = status == Status.BOOKED and now < starts_at + delay
    return bool(delay) and (is_to_come or status == Status.CHECKED_IN)


async def affected(tx: Transaction, doctor_id: int, day: date, delay: timedelta, now: datetime) -> list[UUID]:
    """The appointments of those who wait, and of those whose time is still to come: they are to be told."""
    if not delay:
        return []
    to_come = and_(col(Appointment.status) == Status.BOOKED, col(Appointment.starts_at) > now - delay)
    query = (
        select(col(Appointment.id))
        .where(
            col(Appointment.doctor_id) == doctor_id,
            col(Appointment.day) == day,
            or_(to_come, col(Appointment.status) == Status.CHECKED_IN),
        )
        .order_by(col(Appointment.starts_at))
    )
    return list((await tx.execute(query)).scalars())
