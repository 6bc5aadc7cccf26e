"""Who waits for a time to become free, and every offer that was made."""

from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, Identity, Integer
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import DateTime, Field, SQLModel, String

from models.doctor import Mode
from models.visit import VisitType


class Waiting(StrEnum):
    """Where an entry stands; `over` is one whose days have passed."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"
    OVER = "over"


class Outcome(StrEnum):
    """What became of an offer; `skipped` was never made, and the reason says why."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    RETRACTED = "retracted"
    SKIPPED = "skipped"


class WaitlistEntry(SQLModel, table=True):
    """A patient's wish for a time of a doctor. Times of day are the clinic's wall clock.

    `place` orders the list, behind those with a `displaced_by`: a resolution that took an appointment from them.
    """

    __tablename__ = "waitlist_entries"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    place: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    doctor_id: int = Field(foreign_key="doctors.id")
    patient_id: int = Field(foreign_key="patients.id")
    first_day: date
    last_day: date
    mode: Mode = Field(sa_type=String)
    visit_type: VisitType = Field(default=VisitType.FIRST_VISIT, sa_type=String)
    weekdays: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    earliest: time | None = None
    latest: time | None = None
    status: Waiting = Field(sa_type=String)
    displaced_by: UUID | None = Field(default=None, foreign_key="resolutions.id", index=True)
    version: int = 1
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class WaitlistOffer(SQLModel, table=True):
    """One offer of one time to one entry, or the reason why it was passed over. `appointment_id` is the hold."""

    __tablename__ = "waitlist_offers"

    id: int | None = Field(default=None, primary_key=True)
    entry_id: UUID = Field(foreign_key="waitlist_entries.id", index=True)
    appointment_id: UUID | None = Field(default=None, index=True)
    starts_at: datetime = Field(sa_type=DateTime(timezone=True))
    outcome: Outcome = Field(sa_type=String)
    reason: str | None = None
    offered_at: datetime = Field(sa_type=DateTime(timezone=True))
    answer_by: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    answered_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
