"""The audit trail: who did what to what, when and from where; append-only, a partition a month, sealed into a chain."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, Identity, LargeBinary, Row
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


class AuditSeal(SQLModel, table=True):
    """A link of the chain: positions count from 1 without a gap, `hash` is `link` of the entry over the seal before."""

    __tablename__ = "audit_seals"

    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    entry_id: int = Field(sa_column=Column(BigInteger, unique=True, nullable=False))
    occurred_at: datetime = Field(sa_type=DateTime(timezone=True))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed_at: datetime = Field(sa_type=DateTime(timezone=True))


GENESIS = bytes(32)
"""What the first seal is over."""

COLUMNS = """id, occurred_at, actor_id, actor_role, action, object_type, object_id, patient_id, address,
    CAST(details AS text) AS details"""
"""What `link` needs of an entry."""


def link(previous: bytes, entry: Row[Any], position: int, sealed_at: datetime) -> bytes:
    """SHA-256 over the hash before and the canonical JSON of entry and seal: keys in order, no spaces, times in UTC."""
    values = {
        "id": entry.id,
        "occurred_at": entry.occurred_at.astimezone(UTC),
        "actor_id": entry.actor_id,
        "actor_role": entry.actor_role,
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "patient_id": entry.patient_id,
        "address": entry.address,
        "details": orjson.loads(entry.details),
        "position": position,
        "sealed_at": sealed_at.astimezone(UTC),
    }
    return hashlib.sha256(previous + orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).digest()
