"""Kinds of visit, and how long each takes at a doctor."""

from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Field, SQLModel


class VisitType(StrEnum):
    """What the patient comes for."""

    FIRST_VISIT = "first_visit"
    FOLLOW_UP = "follow_up"
    PANCHAKARMA = "panchakarma"


@dataclass(frozen=True)
class Length:
    """Minutes with the patient, and minutes kept free after."""

    minutes: int
    buffer_minutes: int = 0


LENGTHS = {
    VisitType.FIRST_VISIT: Length(30),
    VisitType.FOLLOW_UP: Length(15),
    VisitType.PANCHAKARMA: Length(60),
}
"""Where a doctor has no rule of his own."""


class VisitRule(SQLModel, table=True):
    """A doctor's own length of a visit; else a first visit takes his `slot_minutes`, the others as in `LENGTHS`."""

    __tablename__ = "visit_rules"

    doctor_id: int = Field(foreign_key="doctors.id", primary_key=True)
    visit_type: str = Field(primary_key=True)
    minutes: int
    buffer_minutes: int = 0
