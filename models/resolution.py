"""What was done about the appointments that a leave, a cut of hours or a closed clinic stranded."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, Integer
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import DateTime, Field, SQLModel


class Resolution(SQLModel, table=True):
    """One leave, closure, cut of hours or picking and its moves, committed as one; `undone_at` once taken back as one.

    `leave_ids`: one of each doctor who is away.
    `hours` of a cut: the rows that were there before it, and those that replaced them. `picked`: whose stretch some
    appointments were picked from, and the delay that was said with it. `tells`: the patients are to hear of it.
    """

    __tablename__ = "resolutions"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    leave_ids: list[int] | None = Field(default=None, sa_column=Column(ARRAY(Integer)))
    closure_id: int | None = None
    hours: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    picked: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    tells: bool = True
    created_by: int | None = Field(default=None, foreign_key="users.id")
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    undone_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class ResolutionMove(SQLModel, table=True):
    """A stranded appointment and the one it was moved to; without `moved_to` it was cancelled."""

    __tablename__ = "resolution_moves"

    resolution_id: UUID = Field(foreign_key="resolutions.id", primary_key=True)
    appointment_id: UUID = Field(primary_key=True)
    moved_to: UUID | None = None
