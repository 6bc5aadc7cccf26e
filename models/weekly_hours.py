"""When a doctor sits, week by week, on the clinic's wall clock."""

from datetime import time

from sqlalchemy import Column, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel


class WeeklyHours(SQLModel, table=True):
    """One stretch of one weekday (Monday is 0), `opens` to `closes` local time; `modes` that it serves."""

    __tablename__ = "weekly_hours"

    id: int | None = Field(default=None, primary_key=True)
    doctor_id: int = Field(foreign_key="doctors.id", index=True)
    clinic_id: int = Field(foreign_key="clinics.id")
    weekday: int
    opens: time
    closes: time
    modes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
