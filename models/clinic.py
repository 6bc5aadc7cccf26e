"""A clinic: the place, its wall clock and its city."""

from sqlmodel import Field, SQLModel


class Clinic(SQLModel, table=True):
    """Where doctors sit. Its `time_zone` (IANA) turns wall-clock hours into instants.

    Until `free_change_minutes` before it begins a patient may move or cancel an appointment; after that only the staff.

    `queue_*` is its rule of who goes in next: the grace of those who come late, after how many others one goes who came
    later still, and how many booked ones may go before a walk-in who was here first.
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
    queue_grace_minutes: int = 10
    queue_late_after: int = 1
    queue_walk_in_after: int = 3
