"""A code on paper, for who has lost the second factor."""

from datetime import datetime

from sqlalchemy import Column, LargeBinary
from sqlmodel import DateTime, Field, SQLModel


class RecoveryCode(SQLModel, table=True):
    """`code_hash` is the lookup of a code that is good once."""

    __tablename__ = "recovery_codes"

    user_id: int = Field(foreign_key="users.id", primary_key=True)
    code_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    used_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
