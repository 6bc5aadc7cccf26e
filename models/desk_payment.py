"""Money taken at the desk for an appointment: what stands is never changed, only voided once."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Column, LargeBinary
from sqlmodel import DateTime, Field, SQLModel, String


class Method(StrEnum):
    """How it was paid."""

    CASH = "cash"
    CARD = "card"
    UPI = "upi"


class DeskPayment(SQLModel, table=True):
    """`amount` was taken and `remitted` was let off, in minor units of `currency`; it counts until it is voided.

    `remark_sealed`, about `desk_payments.remark:ID`, is why it is not the fee, `void_reason_sealed`, about
    `desk_payments.void_reason:ID`, why it counts no more. `appointment_id` is no foreign key: an
    appointment's key has its doctor.
    """

    __tablename__ = "desk_payments"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    appointment_id: UUID = Field(index=True)
    clinic_id: int = Field(foreign_key="clinics.id")
    doctor_id: int = Field(foreign_key="doctors.id")
    sheet_id: UUID = Field(foreign_key="cash_sheets.id", index=True)
    amount: int
    remitted: int = 0
    currency: str
    method: Method = Field(sa_type=String)
    reference: str | None = None
    remark_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    taken_by: int = Field(foreign_key="users.id")
    taken_at: datetime = Field(sa_type=DateTime(timezone=True))
    voided_by: int | None = Field(default=None, foreign_key="users.id")
    voided_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    void_reason_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
