"""The one row that orders every change of one doctor's day."""

from datetime import date, datetime

from sqlmodel import DateTime, Field, SQLModel


class DoctorDay(SQLModel, table=True):
    """Locked by each writer of the day. `version` numbers the views, `last_token` the patients, both without gaps.

    `day` is the date on the clinic's wall clock.
    """

    __tablename__ = "doctor_days"

    doctor_id: int = Field(foreign_key="doctors.id", primary_key=True)
    day: date = Field(primary_key=True)
    version: int = 0
    last_token: int = 0
    delay_minutes: int = 0
    changed_at: datetime = Field(sa_type=DateTime(timezone=True), index=True)
