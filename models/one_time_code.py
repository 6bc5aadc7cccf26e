"""A code that proves whose an address or a phone is."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Column, LargeBinary
from sqlmodel import DateTime, Field, SQLModel, String


class Purpose(StrEnum):
    """What a code is good for, and for nothing else."""

    SIGN_IN = "sign_in"
    VERIFY_EMAIL = "verify_email"
    VERIFY_PHONE = "verify_phone"
    RESET_PASSWORD = "reset_password"  # noqa: S105
    ERASE = "erase"


class OneTimeCode(SQLModel, table=True):
    """Six digits sent to an address: `address_hash` is its lookup, `code_hash` the keyed hash of the code and `id`.

    `user_id` is None where nobody has that address: the asker is told nothing else than if there were one.
    """

    __tablename__ = "one_time_codes"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    purpose: Purpose = Field(sa_type=String)
    user_id: int | None = Field(default=None, foreign_key="users.id", index=True)
    address_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, index=True))
    code_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    tries: int = 0
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    used_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
