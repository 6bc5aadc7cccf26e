"""What can be in the way of taking a resolution back."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class InTheWay(StrEnum):
    """Why an old time cannot be had again."""

    CALENDAR = "calendar_changed"
    CHANGED = "changed_since"
    PAST = "past"
    CLOSED = "closed"
    TAKEN = "taken"
    PATIENT_BUSY = "patient_busy"
    PLACE_TAKEN = "place_taken"


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """What is in the way of one old appointment; `appointment_id` None: of the calendar itself."""

    appointment_id: UUID | None
    why: InTheWay
