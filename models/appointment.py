"""An appointment, its states, and the one table of allowed moves."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlmodel import DateTime, Field, SQLModel, String

from models.doctor import Mode
from models.visit import VisitType


class Status(StrEnum):
    """Where an appointment stands."""

    HELD = "held"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    IN_CONSULTATION = "in_consultation"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    RESCHEDULED = "rescheduled"


class Source(StrEnum):
    """Which door a booking came in by."""

    WEB = "web"
    WALK_IN = "walk_in"
    PHONE = "phone"
    API = "api"
    FHIR = "fhir"
    WAITLIST = "waitlist"


MOVES: dict[Status, frozenset[Status]] = {
    # To itself: a hold is renewed.
    Status.HELD: frozenset({Status.HELD, Status.BOOKED, Status.EXPIRED}),
    # To itself: another therapist or room.
    Status.BOOKED: frozenset({Status.BOOKED, Status.CHECKED_IN, Status.CANCELLED, Status.NO_SHOW, Status.RESCHEDULED}),
    # To itself: the same, or one who is called and not there is passed over.
    Status.CHECKED_IN: frozenset(
        {Status.CHECKED_IN, Status.IN_CONSULTATION, Status.CANCELLED, Status.NO_SHOW, Status.RESCHEDULED}
    ),
    Status.IN_CONSULTATION: frozenset({Status.COMPLETED}),
    Status.NO_SHOW: frozenset({Status.CHECKED_IN}),
}
"""The allowed moves; a status that is missing here is final."""

BACK: dict[Status, frozenset[Status]] = {
    Status.BOOKED: frozenset({Status.BOOKED}),
    # To expired: who was added by mistake, or sent on from his visit and called back into it, was never there.
    Status.CHECKED_IN: frozenset({Status.CHECKED_IN, Status.BOOKED, Status.NO_SHOW, Status.EXPIRED}),
    Status.IN_CONSULTATION: frozenset({Status.CHECKED_IN}),
    Status.COMPLETED: frozenset({Status.IN_CONSULTATION}),
    Status.NO_SHOW: frozenset({Status.BOOKED, Status.CHECKED_IN}),
}
"""The moves that take one back: `services/undoing.py` and `services/calling_back.py` make them, and nothing else."""

ACTIVE = frozenset({Status.HELD, Status.BOOKED, Status.CHECKED_IN, Status.IN_CONSULTATION})
"""What occupies its time; the EXCLUDE constraints of the partitions name the same four."""


def listed(statuses: Iterable[Status]) -> str:
    """As SQL lists them, `'booked', 'held'`: for statements that are text."""
    return ", ".join(f"'{status}'" for status in sorted(statuses))


def may_move(source: Status, target: Status, *, back: bool = False) -> bool:
    """Whether the table of moves allows it, or that of the moves back."""
    return target in (BACK if back else MOVES).get(source, frozenset())


class Appointment(SQLModel, table=True):
    """A time of one doctor given to one patient. `fee` in minor units; `day` on the clinic's wall clock.

    The key holds `starts_at`, which ranges the partitions, a quarter each. The patient's time ends at `ends_at`,
    the doctor's, the therapist's and the room's at `busy_until`; the database makes `during` and `occupied` of them.
    """

    __tablename__ = "appointments"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    starts_at: datetime = Field(sa_type=DateTime(timezone=True), primary_key=True)
    ends_at: datetime = Field(sa_type=DateTime(timezone=True))
    day: date
    doctor_id: int = Field(foreign_key="doctors.id", primary_key=True)
    patient_id: int = Field(foreign_key="patients.id")
    clinic_id: int = Field(foreign_key="clinics.id")
    visit_type: VisitType = Field(default=VisitType.FIRST_VISIT, sa_type=String)
    busy_until: datetime = Field(sa_type=DateTime(timezone=True))
    therapist_id: int | None = Field(default=None, foreign_key="therapists.id")
    room_id: int | None = Field(default=None, foreign_key="rooms.id")
    course_id: UUID | None = Field(default=None, foreign_key="courses.id")
    is_emergency: bool = False
    status: Status = Field(sa_type=String)
    held_until: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    token: int | None = None
    mode: Mode = Field(sa_type=String)
    source: Source = Field(default=Source.WEB, sa_type=String)
    fee: int
    version: int = 1
    rescheduled_from: UUID | None = None
    checked_in_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    skipped_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    started_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    ended_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
