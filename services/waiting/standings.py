"""What keeps those who wait from a time: their other appointments, and what they were offered before."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from models import Appointment, WaitlistEntry, WaitlistOffer
from models.appointment import ACTIVE, Status
from models.waitlist import Outcome, Waiting
from services.slots import Span
from services.waiting.entries import TAKEN_BACK, Place
from services.waiting.fits import Standing
from services.walls import bounds


async def standings(connection: AsyncConnection, waiting: Sequence[Place], first: date, last: date) -> list[Standing]:
    """How each of those who wait for a doctor stands on the days from `first` to `last`, in their order."""
    patients = [each.entry.patient_id for each in waiting]
    busy, days = defaultdict(list), defaultdict(set)
    for row in await connection.execute(_appointments(patients, first, last)):
        busy[row.patient_id].append(Span(row.starts_at, row.ends_at))
        # A hold is no visit yet: who only looks at a time is not passed over for that day.
        if row.status != Status.HELD:
            days[row.patient_id, row.doctor_id].add(row.day)
    offered = defaultdict(set)
    for row in await connection.execute(_offers(waiting)):
        offered[row.entry_id].add(row.starts_at)
    elsewhere = set(await connection.scalars(_offered(patients)))
    return [
        Standing(
            busy=tuple(busy[entry.patient_id]),
            days=frozenset(days[entry.patient_id, entry.doctor_id]),
            offered=frozenset(offered[entry.id]),
            is_offered_elsewhere=entry.patient_id in elsewhere,
        )
        for entry in (each.entry for each in waiting)
    ]


def _appointments(patients: Sequence[int], first: date, last: date) -> Select[*tuple[Any, ...]]:
    # A day wider on each side: the widest difference between two wall clocks.
    since, until = bounds(first, "UTC")[0] - timedelta(days=1), bounds(last, "UTC")[1] + timedelta(days=1)
    return select(
        col(Appointment.patient_id),
        col(Appointment.doctor_id),
        col(Appointment.day),
        col(Appointment.starts_at),
        col(Appointment.ends_at),
        col(Appointment.status),
    ).where(
        col(Appointment.patient_id).in_(patients),
        col(Appointment.starts_at).between(since, until),
        col(Appointment.status).in_(sorted(ACTIVE)),
    )


def _offers(waiting: Sequence[Place]) -> Select[*tuple[Any, ...]]:
    """What was offered and not taken; what the clinic took back may be offered again."""
    return select(col(WaitlistOffer.entry_id), col(WaitlistOffer.starts_at)).where(
        col(WaitlistOffer.entry_id).in_([each.entry.id for each in waiting]),
        col(WaitlistOffer.outcome).in_((Outcome.DECLINED, Outcome.LAPSED, Outcome.RETRACTED)),
        col(WaitlistOffer.reason).is_distinct_from(TAKEN_BACK),
    )


def _offered(patients: Sequence[int]) -> Select[int]:
    return select(col(WaitlistEntry.patient_id)).where(
        col(WaitlistEntry.patient_id).in_(patients), col(WaitlistEntry.status) == Waiting.OFFERED
    )
