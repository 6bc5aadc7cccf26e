"""Why a patient comes, in his words or the desk's: health text."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlmodel import DateTime, Field, SQLModel


class VisitReason(SQLModel, table=True):
    """`id` is the appointment's; `reason_sealed` is about `visit_reasons.reason:ID`."""

    __tablename__ = "visit_reasons"

    id: UUID = Field(primary_key=True)
    patient_id: int = Field(foreign_key="patients.id", index=True)
    reason_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
