"""What a doctor's past days say of the next: how long visits take, who is late, who does not come."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class History:
    """What is known of a doctor; by default nothing."""


NOTHING = History()


async def history(doctor_id: int) -> History:
    """What is known of him."""
    return NOTHING
