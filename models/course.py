"""A course of Panchakarma: its sessions, and who and where."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, Integer
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import DateTime, Field, SQLModel


class Therapist(SQLModel, table=True):
    """Gives the therapies at a clinic."""

    __tablename__ = "therapists"

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinics.id", index=True)
    name: str
    is_active: bool = True


class Room(SQLModel, table=True):
    """A therapy room at a clinic."""

    __tablename__ = "rooms"

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinics.id", index=True)
    name: str
    is_active: bool = True


class Course(SQLModel, table=True):
    """Seven to twenty-one sessions of one patient with one doctor, therapist and room, each an appointment.

    They fall on these `weekdays` (Monday is 0) only, wherever they are shifted.
    """

    __tablename__ = "courses"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    patient_id: int = Field(foreign_key="patients.id", index=True)
    doctor_id: int = Field(foreign_key="doctors.id")
    clinic_id: int = Field(foreign_key="clinics.id")
    therapist_id: int = Field(foreign_key="therapists.id")
    room_id: int = Field(foreign_key="rooms.id")
    sessions: int
    weekdays: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    version: int = 1
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    cancelled_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
