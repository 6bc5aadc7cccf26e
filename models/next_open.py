"""The earliest open slot of each doctor and mode, kept current by events."""

from datetime import datetime

from sqlmodel import DateTime, Field, SQLModel


class NextOpen(SQLModel, table=True):
    """`starts_at` None: nothing is open up to the booking horizon. `changed_at` is when it last moved.

    `version` counts the moves.
    """

    __tablename__ = "next_open"

    doctor_id: int = Field(foreign_key="doctors.id", primary_key=True)
    mode: str = Field(primary_key=True)
    starts_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    version: int = 1
    changed_at: datetime = Field(sa_type=DateTime(timezone=True), index=True)
