"""Back to a time that an appointment once had: history is kept, so it is a new appointment, as the old one was."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from core.db import Transaction
from models import Appointment
from models.appointment import Status
from services.permissions import Actor
from services.placing import Placement, Wish, place
from services.slots import Schedule, Slot, Why


async def put_back(
    tx: Transaction,
    old: Appointment,
    came_from: UUID,
    *,
    book: Schedule,
    by: Actor,
    now: datetime,
    tells: bool | None = None,
) -> Appointment:
    """With the old token, status and fee. The days are locked; whoever took the old's place has left it.

    Raises SlotTaken, PatientBusy, PlaceTaken.
    """
    wish = Wish(
        patient_id=old.patient_id, doctor_id=old.doctor_id, starts_at=old.starts_at, mode=old.mode, visit=old.visit_type
    )
    slot = Slot(old.starts_at, old.ends_at, old.busy_until, Why.OPEN, (), old.clinic_id)
    how = Placement(
        status=Status.CHECKED_IN if old.checked_in_at else Status.BOOKED,
        source=old.source,
        token=old.token,
        rescheduled_from=came_from,
        therapist_id=old.therapist_id,
        room_id=old.room_id,
        course_id=old.course_id,
        is_emergency=old.is_emergency,
        checked_in_at=old.checked_in_at,
    )
    priced = replace(book, fee=old.fee)
    return await place(tx, wish, slot, old.day, how, book=priced, by=by, now=now, tells=tells)
