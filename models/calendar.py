"""What a doctor's and a clinic's calendar add to the weekly hours and take from them."""

from datetime import date, datetime, time

from sqlalchemy import Column, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import DateTime, Field, SQLModel


class HourOverride(SQLModel, table=True):
    """A stretch that replaces all weekly hours of that date; without `opens` the doctor does not sit on it at all."""

    __tablename__ = "hour_overrides"

    id: int | None = Field(default=None, primary_key=True)
    doctor_id: int = Field(foreign_key="doctors.id")
    clinic_id: int = Field(foreign_key="clinics.id")
    day: date
    opens: time | None = None
    closes: time | None = None
    modes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class Break(SQLModel, table=True):
    """Every week on that weekday (Monday is 0) nobody is seen from `starts` to `ends`, by the clinic's wall clock."""

    __tablename__ = "breaks"

    id: int | None = Field(default=None, primary_key=True)
    doctor_id: int = Field(foreign_key="doctors.id", index=True)
    weekday: int
    starts: time
    ends: time


class Closure(SQLModel, table=True):
    """A holiday, or any other stretch in which a clinic is shut; `name` is for people."""

    __tablename__ = "closures"

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinics.id")
    starts_at: datetime = Field(sa_type=DateTime(timezone=True))
    ends_at: datetime = Field(sa_type=DateTime(timezone=True))
    name: str
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
