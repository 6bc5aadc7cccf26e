"""How a course changes: who is in it is locked before the doctor's days, then it is swapped by version and told of."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlmodel import col

from core.db import Transaction
from core.errors import NotFound, Stale
from core.events import Event
from core.tables import table
from models import Course
from services import trail
from services.day_locks import lock_days
from services.permissions import Actor, require
from services.placing import rules_of
from services.refusals import PlaceTaken
from services.slots import Schedule
from services.therapy.course_sessions import Session

PATIENT = text("SELECT account_id FROM patients WHERE id = :id FOR NO KEY UPDATE")
THERAPIST = text("SELECT clinic_id FROM therapists WHERE id = :id AND is_active FOR NO KEY UPDATE")
ROOM = text("SELECT clinic_id FROM rooms WHERE id = :id AND is_active FOR NO KEY UPDATE")


async def lock_parties(tx: Transaction, course: Course) -> int | None:
    """Make patient, therapist and room ours until the transaction ends; the patient's account comes back.

    Courses that share one of them go one after the other: each writes many rows, and would wait for the other's.
    Call it before `lock_days`. Raises NotFound, PlaceTaken where therapist or room left or is not of the clinic.
    """
    patient = (await tx.execute(PATIENT, {"id": course.patient_id})).first()
    if patient is None:
        raise NotFound(patient_id=course.patient_id)
    for query, what in ((THERAPIST, "therapist_id"), (ROOM, "room_id")):
        if (await tx.execute(query, {"id": getattr(course, what)})).scalar() != course.clinic_id:
            raise PlaceTaken(what=what.removesuffix("_id"))
    account_id: int | None = patient.account_id
    return account_id


async def locked_course(tx: Transaction, course_id: UUID, version: int | None, by: Actor) -> Course:
    """The course, ours until the transaction ends, for one who may change it. Raises NotFound, NotAllowed, Stale."""
    query = select(table(Course)).where(col(Course.id) == course_id).with_for_update(key_share=True)
    row = (await tx.execute(query)).first()
    if row is None:
        raise NotFound(course_id=str(course_id))
    course = Course.model_construct(**row._mapping)
    require(by, "change", course)
    if version is not None and version != course.version:
        raise Stale(version=course.version)
    return course


async def swap(tx: Transaction, course: Course, **values: Any) -> Course:
    """The course with its next version and these columns. Raises Stale if it changed meanwhile."""
    query = (
        update(Course)
        .where(col(Course.id) == course.id, col(Course.version) == course.version)
        .values(version=course.version + 1, **values)
        .returning(table(Course))
    )
    row = (await tx.execute(query)).first()
    if row is None:
        raise Stale(version=course.version)
    return Course.model_construct(**row._mapping)


async def lock_sessions(
    tx: Transaction, course: Course, known: Sequence[Session], now: datetime, *, more: Sequence[date] = ()
) -> None:
    """Lock the days of the sessions, and more of the course's doctor. One that changed before, `move` refuses."""
    # A session that was moved by itself may be another doctor's.
    days = {*((course.doctor_id, day) for day in more), *(session.entry.doctor_day for session in known)}
    await lock_days(tx, days, now)


async def book_of(tx: Transaction, doctor_id: int) -> Schedule:
    """The doctor's rules as they stand. Raises NotFound."""
    if (book := (await rules_of(tx, [doctor_id])).get(doctor_id)) is None:
        raise NotFound(doctor_id=doctor_id)
    return book


def tell(
    tx: Transaction, kind: str, course: Course, *, account_id: int | None, by: Actor, now: datetime, sessions: int
) -> None:
    """Announce what happened to the course as a whole, and record who did it; its appointments tell of themselves."""
    topics = [f"doctor:{course.doctor_id}", f"patient:{course.patient_id}"]
    if account_id is not None:
        topics.append(f"account:{account_id}")
    data = {"course_id": str(course.id), "doctor_id": course.doctor_id, "version": course.version}
    tx.announce(Event(kind=kind, topics=tuple(topics), data=data, occurred_at=now))
    tx.record(
        trail.entry(
            by,
            kind,
            ("course", str(course.id)),
            now=now,
            patient_id=course.patient_id,
            details={"version": course.version, "sessions": sessions},
        )
    )
