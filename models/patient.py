"""The person treated: the holder of an account, or a member of the family."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import DateTime, Field, SQLModel


class Patient(SQLModel, table=True):
    """A person treated. `account_id` is who books for them; None for one who never had an account.

    `made_by` is the member of staff or the program that made him known, if one did.
    `phone_sealed` is about `patients.phone:ID`; a family shares a number. `phone_hash` finds the whole of it in
    E.164, `phone_tail` its last four digits. `language`, ISO 639-1, is what the clinic speaks with him. From `erase_on`
    the law no longer asks that the name be kept.

    One with `merged_into` is known as that other now and has nothing of his own but what he is found by. `passed_on`
    counts the versions of appointments that went from him to another, so that the sum of his only grows.
    """

    __tablename__ = "patients"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int | None = Field(default=None, foreign_key="users.id", index=True)
    name: str
    is_account_holder: bool = True
    born_on: date | None = None
    phone_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    phone_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary, index=True))
    phone_tail: bytes | None = Field(default=None, sa_column=Column(LargeBinary, index=True))
    language: str | None = None
    erase_on: date | None = None
    made_by: int | None = Field(default=None, foreign_key="users.id")
    merged_into: int | None = Field(default=None, foreign_key="patients.id")
    passed_on: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
