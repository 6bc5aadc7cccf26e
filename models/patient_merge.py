"""Two rows of one person that became one, and what it takes to make them two again."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import DateTime, Field, SQLModel


class PatientMerge(SQLModel, table=True):
    """`merged_id` is known as `kept_id` from `made_at` until `undone_at`; `moved` is what went over, by ids."""

    __tablename__ = "patient_merges"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    kept_id: int = Field(foreign_key="patients.id", index=True)
    merged_id: int = Field(foreign_key="patients.id")
    moved: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    made_by: int = Field(foreign_key="users.id")
    made_at: datetime = Field(sa_type=DateTime(timezone=True))
    undone_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
