"""Therapists, rooms and courses for the cast."""

from datetime import date, time, timedelta

from sqlalchemy import insert

from core import db
from models import Room, Therapist
from services.permissions import Actor
from services.therapy import proposals
from services.therapy.course_plan import CourseWish, Pattern, Plan
from tests.people import DAY, NOW, Cast


async def therapists(clinic_id: int, count: int = 1) -> list[int]:
    """So many more, by id."""
    return await _add(Therapist, clinic_id, count)


async def rooms(clinic_id: int, count: int = 1) -> list[int]:
    """So many more, by id."""
    return await _add(Room, clinic_id, count)


def course_wish(cast: Cast, *, sessions: int = 7, hour: int = 10, **more: object) -> CourseWish:
    """Asha's course with her doctor, from the tests' day on, every day."""
    values = {
        "patient_id": cast.asha_patient,
        "doctor_id": cast.doctor_id,
        "sessions": sessions,
        "at": time(hour),
        "pattern": Pattern(DAY),
    }
    return CourseWish(**values | more)


async def proposed(cast: Cast, *, by: Actor | None = None, **wish: object) -> Plan:
    """A plan for it, as it fits now."""
    return await proposals.propose(course_wish(cast, **wish), by=by or cast.receptionist, now=NOW)


def days_from(first: date, *offsets: int) -> list[date]:
    """The dates so many days after the first."""
    return [first + timedelta(days=offset) for offset in offsets]


async def _add(model: type, clinic_id: int, count: int) -> list[int]:
    rows = [{"clinic_id": clinic_id, "name": f"{model.__name__} {number}"} for number in range(count)]
    async with db.engine().begin() as connection:
        return list((await connection.execute(insert(model).returning(model.id), rows)).scalars())
