"""What is copied: one tuple a row, its fields named as the table's columns."""

from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID


class ClinicRow(NamedTuple):
    """A row of `clinics`."""

    id: int
    slug: str
    name: str
    city: str
    area: str
    address: str
    phone: str
    time_zone: str


class UserRow(NamedTuple):
    """A row of `users`."""

    id: int
    email: str
    name: str
    role: str
    password_hash: str | None
    clinic_id: int | None
    language: str
    is_demo: bool
    created_at: datetime


class PatientRow(NamedTuple):
    """A row of `patients`."""

    id: int
    account_id: int | None
    name: str
    is_account_holder: bool
    born_on: date
    created_at: datetime


class DoctorRow(NamedTuple):
    """A row of `doctors`; what search looks in is filled by the table's trigger."""

    id: int
    user_id: int | None
    clinic_id: int
    slug: str
    name: str
    qualification: str
    registration_number: str
    specialization: str
    bio: str
    languages: list[str]
    modes: list[str]
    fee: int
    currency: str
    rating: int
    review_count: int
    practising_since: int
    slot_minutes: int
    notice_minutes: int
    horizon_days: int
    is_active: bool


class HoursRow(NamedTuple):
    """A row of `weekly_hours`."""

    id: int
    doctor_id: int
    clinic_id: int
    weekday: int
    opens: time
    closes: time
    modes: list[str]


class LeaveRow(NamedTuple):
    """A row of `leaves`."""

    id: int
    doctor_id: int
    starts_at: datetime
    ends_at: datetime
    created_at: datetime


class BreakRow(NamedTuple):
    """A row of `breaks`."""

    id: int
    doctor_id: int
    weekday: int
    starts: time
    ends: time


class ClosureRow(NamedTuple):
    """A row of `closures`."""

    id: int
    clinic_id: int
    starts_at: datetime
    ends_at: datetime
    name: str
    created_at: datetime


class TherapistRow(NamedTuple):
    """A row of `therapists`."""

    id: int
    clinic_id: int
    name: str
    is_active: bool


class RoomRow(NamedTuple):
    """A row of `rooms`."""

    id: int
    clinic_id: int
    name: str
    is_active: bool


class CourseRow(NamedTuple):
    """A row of `courses`."""

    id: UUID
    patient_id: int
    doctor_id: int
    clinic_id: int
    therapist_id: int
    room_id: int
    sessions: int
    weekdays: list[int]
    version: int
    created_at: datetime


class AppointmentRow(NamedTuple):
    """A row of `appointments`."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    busy_until: datetime
    day: date
    doctor_id: int
    patient_id: int
    clinic_id: int
    visit_type: str
    therapist_id: int | None
    room_id: int | None
    course_id: UUID | None
    status: str
    token: int
    mode: str
    source: str
    fee: int
    version: int
    checked_in_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    updated_at: datetime


class DoctorDayRow(NamedTuple):
    """A row of `doctor_days`."""

    doctor_id: int
    day: date
    version: int
    last_token: int
    delay_minutes: int
    changed_at: datetime
