"""What a day that runs late means for its patients: who is to be told, and who may change his time for free."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlmodel import col

from core.db import Transaction
from models import Appointment, DoctorDay
from models.appointment import Status


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
    # One who waits does so because of it; one who never came is not helped by it for ever.
    is_waiting = appointment.status == Status.CHECKED_IN
    return bool(delay) and (is_waiting or now < appointment.starts_at + delay)


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
