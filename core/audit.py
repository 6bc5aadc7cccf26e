"""The audit trail: who did what to what, when and from where; append-only, a partition a month."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import DateTime, Field, SQLModel


class AuditEntry(SQLModel, table=True):
    """One line of the trail. `details` holds ids and states, never health text."""

    __tablename__ = "audit_log"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    occurred_at: datetime = Field(sa_type=DateTime(timezone=True), primary_key=True)
    actor_id: int | None = None
    actor_role: str
    action: str
    object_type: str
    object_id: str
    patient_id: int | None = None
    address: str | None = None
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
