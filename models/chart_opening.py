"""A chart opened outside the doctor's own day, with the reason: the glass that was broken."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, LargeBinary
from sqlmodel import DateTime, Field, SQLModel


class ChartOpening(SQLModel, table=True):
    """Who opened whose chart until when; `reason_sealed` is about `chart_openings.reason:ID`."""

    __tablename__ = "chart_openings"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: int = Field(foreign_key="users.id", index=True)
    patient_id: int = Field(foreign_key="patients.id", index=True)
    reason_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    opened_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    seen_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    seen_by: int | None = Field(default=None, foreign_key="users.id")
