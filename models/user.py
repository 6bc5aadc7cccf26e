"""An account: who signs in, and in which role."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import CITEXT
from sqlmodel import DateTime, Field, SQLModel, String


class Role(StrEnum):
    """What a person is to the clinic."""

    PATIENT = "patient"
    DOCTOR = "doctor"
    RECEPTIONIST = "receptionist"
    ADMIN = "admin"


class User(SQLModel, table=True):
    """An account. `password_hash` is argon2id; None means that it cannot sign in with a password."""

    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    email: str | None = Field(default=None, sa_column=Column(CITEXT, unique=True))
    name: str
    role: Role = Field(sa_type=String)
    password_hash: str | None = None
    clinic_id: int | None = Field(default=None, foreign_key="clinics.id", index=True)
    language: str = "en"
    is_demo: bool = False
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
