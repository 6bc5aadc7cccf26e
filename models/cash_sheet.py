"""A day's cash sheet of a clinic: what was in the drawer at first, and what was counted when it was closed."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, LargeBinary, UniqueConstraint
from sqlmodel import DateTime, Field, SQLModel


class CashSheet(SQLModel, table=True):
    """The sheets of a day count from 1, and one at most is open. Money in minor units; `version` counts its changes.

    `expected` is what should have been in the drawer when `counted` was. `reopen_reason_sealed`, about
    `cash_sheets.reopen_reason:ID`, is why it was opened again the last time.
    """

    __tablename__ = "cash_sheets"
    __table_args__ = (UniqueConstraint("clinic_id", "day", "number"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: int = Field(foreign_key="clinics.id")
    day: date
    number: int
    currency: str
    opening_float: int
    version: int = 1
    opened_by: int = Field(foreign_key="users.id")
    opened_at: datetime = Field(sa_type=DateTime(timezone=True))
    counted: int | None = None
    expected: int | None = None
    closed_by: int | None = Field(default=None, foreign_key="users.id")
    closed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    reopened_by: int | None = Field(default=None, foreign_key="users.id")
    reopened_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    reopen_reason_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
