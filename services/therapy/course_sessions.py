"""The sessions of a course, numbered in order of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from core.db import Transaction, transaction
from core.errors import Invalid, NotFound
from models import Appointment, Clinic, Course, Doctor, Patient, Room, Therapist
from models.appointment import Status
from services.moves import Entry, entries, entry
from services.permissions import Actor, can
from services.refusals import TooLate
from services.trail import read

GONE = (Status.EXPIRED, Status.RESCHEDULED)
"""What has no number any more: another appointment stands for it."""

MISSED = (Status.CANCELLED, Status.NO_SHOW)
"""What keeps its number but takes no time."""


@dataclass(frozen=True)
class Session:
    """An appointment of the course; `number` counts from 1."""

    number: int
    entry: Entry

    @property
    def appointment(self) -> Appointment:
        """As the book has it."""
        return self.entry.appointment


@dataclass(frozen=True, kw_only=True)
class SessionLine:
    """A session as people see it."""

    number: int
    appointment_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    status: Status
    token: int | None


@dataclass(frozen=True, kw_only=True)
class CourseView:
    """A course with the names that a person needs; `zone` is the clinic's, `version` what `shift` asks for."""

    id: UUID
    patient_id: int
    patient: str
    doctor_id: int
    doctor: str
    clinic_id: int
    clinic: str
    zone: str
    therapist: str
    room: str
    version: int
    cancelled_at: datetime | None
    sessions: tuple[SessionLine, ...]


async def sessions_of(course_id: UUID, *, by: Actor, now: datetime) -> CourseView:
    """A course, for one who may see it; the read is recorded. Raises NotFound, also for what is not his."""
    names = (
        select(
            col(Course.id),
            col(Course.patient_id),
            col(Patient.name).label("patient"),
            col(Course.doctor_id),
            col(Doctor.name).label("doctor"),
            col(Course.clinic_id),
            col(Clinic.name).label("clinic"),
            col(Clinic.time_zone).label("zone"),
        )
        .add_columns(col(Therapist.name).label("therapist"), col(Room.name).label("room"))
        .add_columns(col(Course.version), col(Course.cancelled_at))
        .join(Patient, col(Patient.id) == col(Course.patient_id))
        .join(Doctor, col(Doctor.id) == col(Course.doctor_id))
        .join(Clinic, col(Clinic.id) == col(Course.clinic_id))
        .join(Therapist, col(Therapist.id) == col(Course.therapist_id))
        .join(Room, col(Room.id) == col(Course.room_id))
        .where(col(Course.id) == course_id)
    )
    async with transaction() as tx:
        row = (await tx.execute(names)).first()
        if row is None or not can(by, "see_appointment", row):
            raise NotFound(course_id=str(course_id))
        lines = tuple(_line(session) for session in await sessions(tx, course_id))
        tx.record(read(by, "CourseRead", ("course", str(course_id)), now=now, patient_id=row.patient_id))
    return CourseView(**row._mapping, sessions=lines)


async def sessions(tx: Transaction, course_id: UUID) -> list[Session]:
    """All that are or were to be held, in order; one that was moved stands where it is now."""
    query = (
        entries()
        .where(col(Appointment.course_id) == course_id, col(Appointment.status).not_in(GONE))
        .order_by(col(Appointment.starts_at))
    )
    rows = (await tx.execute(query)).all()
    return [Session(number, entry(row)) for number, row in enumerate(rows, start=1)]


def left(all_of_them: Sequence[Session], now: datetime, *, from_session: int | None = None) -> list[Session]:
    """Those still ahead, or of these the ones from a number on. Raises Invalid, TooLate when there is none."""
    if from_session is not None and not 1 <= from_session <= len(all_of_them):
        raise Invalid(field="from_session")
    found = [
        session
        for session in all_of_them
        if session.number >= (from_session or 1)
        and session.appointment.status == Status.BOOKED
        and session.appointment.starts_at > now
    ]
    if not found:
        raise TooLate
    return found


def last_day_before(all_of_them: Sequence[Session], number: int) -> date:
    """The day of the last session that stands before that number; `date.min` when there is none."""
    days = [
        session.appointment.day
        for session in all_of_them
        if session.number < number and session.appointment.status not in MISSED
    ]
    return max(days, default=date.min)


def _line(session: Session) -> SessionLine:
    appointment = session.appointment
    return SessionLine(
        number=session.number,
        appointment_id=appointment.id,
        day=appointment.day,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        status=appointment.status,
        token=appointment.token,
    )
