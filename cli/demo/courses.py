"""Panchakarma courses under way: at most one a clinic, with a doctor whose slots are as long as a session."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from cli.demo.doctors import Practitioner
from cli.demo.grid import Grid, Slot
from cli.demo.history import Visit
from cli.demo.people import Known
from cli.demo.rows import CourseRow
from cli.demo.therapy import Therapy
from models.doctor import Mode, Specialization
from models.visit import LENGTHS, VisitType

SESSIONS, PAST = 9, 4
"""Sessions of each course, and how many of them lie behind."""

GROWN = 25
MINUTES = LENGTHS[VisitType.PANCHAKARMA].minutes


class UnderWay(NamedTuple):
    """The courses, their sessions, and the patients, for whom nobody else shall book."""

    rows: list[CourseRow]
    visits: list[Visit]
    patient_ids: set[int]


def courses(
    seed: int,
    doctors: list[Practitioner],
    grid: Grid,
    therapy: Therapy,
    known: list[Known],
    *,
    today: date,
    now: datetime,
) -> UnderWay:
    """The first fitting doctor of each clinic treats somebody of the city, with the first therapist and room there."""
    rng = Random(f"{seed} courses")
    therapists = {row.clinic_id: row.id for row in reversed(therapy.therapists)}
    rooms = {row.clinic_id: row.id for row in reversed(therapy.rooms)}
    made = UnderWay([], [], set())
    for clinic_id, doctor in _doctors(doctors).items():
        days = list(_days(grid, doctor.row.id, today))
        if len(days) < SESSIONS:
            continue
        patient = rng.choice([person for person in known if person.city == doctor.city and person.age >= GROWN])
        course = CourseRow(
            id=UUID(int=rng.getrandbits(128), version=4),
            patient_id=patient.row.id,
            doctor_id=doctor.row.id,
            clinic_id=clinic_id,
            therapist_id=therapists[clinic_id],
            room_id=rooms[clinic_id],
            sessions=SESSIONS,
            weekdays=list(range(7)),
            version=1,
            created_at=now - timedelta(days=20),
        )
        made.rows.append(course)
        made.visits.extend(Visit(doctor.row.id, day, slot, patient.row.id, course=course) for day, slot in days)
        made.patient_ids.add(patient.row.id)
    return made


def _doctors(doctors: list[Practitioner]) -> dict[int, Practitioner]:
    return {
        doctor.row.clinic_id: doctor
        for doctor in reversed(doctors)
        if doctor.row.specialization == Specialization.PANCHAKARMA.value and doctor.row.slot_minutes == MINUTES
    }


def _days(grid: Grid, doctor_id: int, today: date) -> Iterator[tuple[date, Slot]]:
    """The sitting days around `today`, each with its first slot in which patients are met in person."""
    sitting = [
        (day, slots[0])
        for day in (today + timedelta(days=offset) for offset in range(-14, 15))
        if (slots := [slot for slot in grid.slots(doctor_id, day) if Mode.IN_PERSON.value in slot.modes])
    ]
    first = max(0, sum(day < today for day, _ in sitting) - PAST)
    return iter(sitting[first : first + SESSIONS])
