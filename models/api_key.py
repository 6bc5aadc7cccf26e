"""A key of a program that acts for a clinic, or for all."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import DateTime, Field, SQLModel


class Scope(StrEnum):
    """What a key may be used for."""

    DOCTORS_READ = "doctors:read"
    SLOTS_READ = "slots:read"
    APPOINTMENTS_READ = "appointments:read"
    APPOINTMENTS_WRITE = "appointments:write"
    QUEUE_READ = "queue:read"
    WAITLIST_WRITE = "waitlist:write"


class ApiKey(SQLModel, table=True):
    """`key_hash` is the SHA-256 of what is shown once; `prefix` is its public beginning.

    `signing_sealed`, about `api_keys.signing:ID`, is the secret of signed requests: where there is one, each
    change must be signed. The account `user_id`, of the role
    integrator, is who acts; its clinic bounds where, none means everywhere. `hourly_limit` is in requests.
    """

    __tablename__ = "api_keys"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", index=True)
    name: str
    prefix: str = Field(unique=True)
    key_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    signing_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    hourly_limit: int = 10_000
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    last_used_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    revoked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
