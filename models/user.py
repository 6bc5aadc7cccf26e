"""An account: who signs in, and in which role."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlalchemy.dialects.postgresql import CITEXT
from sqlmodel import DateTime, Field, SQLModel, String


class Role(StrEnum):
    """What a person is to the clinic."""

    PATIENT = "patient"
    DOCTOR = "doctor"
    RECEPTIONIST = "receptionist"
    ADMIN = "admin"
    INTEGRATOR = "integrator"


class User(SQLModel, table=True):
    """An account. `password_hash` is argon2id; None means that it cannot sign in with a password.

    Sealed columns are about `users.phone:ID` and `users.totp:ID`; `phone_hash` is the lookup of the number in E.164,
    `phone_tail` that of its last four digits.
    `totp_step` is the last time step (30 s each since 1970) whose code was taken: none is taken twice. An erased
    account keeps its id and nothing that names a person.
    """

    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    email: str | None = Field(default=None, sa_column=Column(CITEXT, unique=True))
    name: str
    role: Role = Field(sa_type=String)
    password_hash: str | None = None
    clinic_id: int | None = Field(default=None, foreign_key="clinics.id", index=True)
    language: str = "en"
    email_verified_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    phone_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    phone_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary, unique=True))
    phone_tail: bytes | None = Field(default=None, sa_column=Column(LargeBinary, index=True))
    phone_verified_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    totp_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    totp_confirmed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    totp_step: int | None = Field(default=None, sa_type=BigInteger)
    consented_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    consented_to: str | None = None
    is_active: bool = True
    erased_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    is_demo: bool = False
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
