"""What the doctor wrote down about a visit: health text."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlmodel import DateTime, Field, SQLModel


class VisitNote(SQLModel, table=True):
    """`id` is the appointment's; `note_sealed` is about `visit_notes.note:ID`; `version` counts what was written."""

    __tablename__ = "visit_notes"

    id: UUID = Field(primary_key=True)
    patient_id: int = Field(foreign_key="patients.id", index=True)
    note_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    version: int
    written_by: int = Field(foreign_key="users.id")
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
