"""A clinic: the place, its wall clock and its city."""

from sqlmodel import Field, SQLModel


class Clinic(SQLModel, table=True):
    """Where doctors sit. Its `time_zone` (IANA) turns wall-clock hours into instants.

    Until `free_change_minutes` before it begins a patient may move or cancel an appointment; after that only the staff.
    """

    __tablename__ = "clinics"

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    name: str
    city: str = Field(index=True)
    area: str
    address: str
    phone: str
    time_zone: str = "Asia/Kolkata"
    free_change_minutes: int = 120
