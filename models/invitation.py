"""A place among the staff, offered by an admin."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, LargeBinary
from sqlalchemy.dialects.postgresql import CITEXT
from sqlmodel import DateTime, Field, SQLModel, String

from models.user import Role


class Invitation(SQLModel, table=True):
    """`code_hash` is the lookup of the code in the letter; `doctor_id` is the doctor whose account it becomes."""

    __tablename__ = "invitations"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    email: str = Field(sa_column=Column(CITEXT, nullable=False))
    name: str
    role: Role = Field(sa_type=String)
    clinic_id: int | None = Field(default=None, foreign_key="clinics.id")
    doctor_id: int | None = Field(default=None, foreign_key="doctors.id")
    code_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    invited_by: int = Field(foreign_key="users.id")
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    accepted_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    revoked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
