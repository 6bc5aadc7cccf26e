"""What is read to find other times: the schedules around, who could stand in for whom, who is elsewhere meanwhile."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from models import Appointment
from models.appointment import ACTIVE
from services import schedules
from services.absence.replacements import WITHIN, Openings, things
from services.slots import Schedule, Span

OTHERS = text("""
    SELECT o.id FROM doctors d JOIN clinics c ON c.id = d.clinic_id
    JOIN doctors o ON o.specialization = d.specialization AND o.languages && d.languages AND o.id <> d.id
    JOIN clinics k ON k.id = o.clinic_id AND k.city = c.city
    WHERE d.id = :id AND o.is_active ORDER BY o.rating DESC, o.id LIMIT 30
""")
"""Who could stand in for a doctor: his branch, a language of his, his city."""


async def stand_ins(connection: AsyncConnection, doctor_id: int) -> list[int]:
    """Who could see the doctor's patients, the best rated first."""
    return list(await connection.scalars(OTHERS, {"id": doctor_id}))


async def books_of(
    connection: AsyncConnection, doctor_ids: Collection[int], after: Mapping[int, Schedule], near: list[Appointment]
) -> dict[int, Schedule]:
    """The schedules as they will be, with what is taken."""
    first, last = min(a.day for a in near) - WITHIN, max(a.day for a in near) + WITHIN
    books = await schedules.schedules(connection, doctor_ids, first, last) if doctor_ids else {}
    return {
        doctor_id: after[doctor_id].with_taken(book.taken, book.versions) if doctor_id in after else book
        for doctor_id, book in books.items()
    }


async def openings(
    connection: AsyncConnection, stranded: list[Appointment], cities: Mapping[int, str], now: datetime
) -> Openings:
    """Nothing given yet; where else the patients, their therapists and rooms are meanwhile."""
    open_ = Openings({}, cities, now)
    far = WITHIN + timedelta(days=1)
    for row in await connection.execute(_elsewhere(stranded, far)):
        open_.busy[row.patient_id].append(Span(row.starts_at, row.ends_at))
        for name in ("therapist_id", "room_id"):
            open_.used[name, getattr(row, name)].append(Span(row.starts_at, row.busy_until))
    return open_


def _elsewhere(stranded: list[Appointment], far: timedelta) -> Select[*tuple[Any, ...]]:
    used = {name: {thing for a in stranded for kind, thing in things(a) if kind == name} for name in THINGS}
    return select(
        col(Appointment.patient_id),
        col(Appointment.starts_at),
        col(Appointment.ends_at),
        col(Appointment.busy_until),
        col(Appointment.therapist_id),
        col(Appointment.room_id),
    ).where(
        or_(
            col(Appointment.patient_id).in_({a.patient_id for a in stranded}),
            *(col(getattr(Appointment, name)).in_(ids) for name, ids in used.items() if ids),
        ),
        col(Appointment.starts_at).between(stranded[0].starts_at - far, stranded[-1].starts_at + far),
        col(Appointment.status).in_(sorted(ACTIVE)),
        col(Appointment.id).not_in([a.id for a in stranded]),
    )


THINGS = ("therapist_id", "room_id")
