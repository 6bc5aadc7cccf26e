"""A signed-in browser."""

from datetime import datetime

from sqlalchemy import Column, LargeBinary
from sqlmodel import DateTime, Field, SQLModel


class Session(SQLModel, table=True):
    """`id_hash` is the SHA-256 of the opaque id in the browser's cookie: the table is worthless to a thief.

    A pending one has passed the password and waits for the second factor; it opens nothing else.
    `tries` counts the wrong codes that were given in it since the last right one.
    """

    __tablename__ = "sessions"

    id_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    user_id: int = Field(foreign_key="users.id", index=True)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    last_seen_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    revoked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    is_pending: bool = False
    tries: int = 0
    address: str | None = None
    user_agent: str | None = None
