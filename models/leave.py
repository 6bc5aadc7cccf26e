"""A stretch of time in which a doctor does not see patients."""

from datetime import datetime

from sqlmodel import DateTime, Field, SQLModel


class Leave(SQLModel, table=True):
    """Away from `starts_at` up to, not including, `ends_at`."""

    __tablename__ = "leaves"

    id: int | None = Field(default=None, primary_key=True)
    doctor_id: int = Field(foreign_key="doctors.id", index=True)
    starts_at: datetime = Field(sa_type=DateTime(timezone=True))
    ends_at: datetime = Field(sa_type=DateTime(timezone=True))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
