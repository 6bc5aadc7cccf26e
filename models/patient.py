"""The person treated: the holder of an account, or a member of the family."""

from datetime import date, datetime

from sqlmodel import DateTime, Field, SQLModel


class Patient(SQLModel, table=True):
    """A person treated. `account_id` is who books for them; None for one who never had an account."""

    __tablename__ = "patients"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int | None = Field(default=None, foreign_key="users.id", index=True)
    name: str
    is_account_holder: bool = True
    born_on: date | None = None
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
