"""A mail or a text message on its way."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Column, LargeBinary
from sqlmodel import DateTime, Field, SQLModel, String


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"


class OutgoingMessage(SQLModel, table=True):
    """`sealed`, about `outgoing_messages.sealed:ID`, is JSON of `to`, `subject` and `text`; it goes when it is sent.

    Written in the transaction that has something to say; what could not be sent by `expires_at` is given up.
    """

    __tablename__ = "outgoing_messages"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    channel: Channel = Field(sa_type=String)
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    next_try_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    tries: int = 0
    sent_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    failed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
