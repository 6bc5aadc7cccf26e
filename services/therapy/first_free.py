"""The first time of a day at which doctor, patient, therapist and a room are free together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import text

from core.db import Transaction
from models.appointment import Status
from models.visit import VisitType
from services.gaps import gap, todays_rooms
from services.refusals import DayFull, NoTimeTogether
from services.slots import LONGEST, Schedule, Slot, Taken
from services.therapy.proposals import BUSY
from services.walls import bounds


async def first_free(
    tx: Transaction,
    book: Schedule,
    day: date,
    *,
    patient_id: int,
    therapist_id: int,
    rooms: Sequence[int],
    at: int,
    now: datetime,
) -> tuple[Slot, int]:
    """The first time from `now` on within the doctor's hours at that clinic, and the room. Raises NoTimeTogether."""
    begins, ends = bounds(day, book.zone)
    values = {
        "patients": [patient_id],
        "therapists": [therapist_id],
        "rooms": list(rooms),
        "since": begins - LONGEST,
        "until": ends,
        "now": now,
    }
    everybodys: list[Taken] = [*book.taken]
    of_room: dict[int, list[Taken]] = {room_id: [] for room_id in rooms}
    for row in await tx.execute(text(BUSY), values):
        taken = Taken(row.starts_at, row.until, row.until, Status.BOOKED)
        (of_room[row.id] if row.who == "room" else everybodys).append(taken)
    sits = list(todays_rooms(book, day, {at}))
    found = []
    for room_id, taken_there in of_room.items():
        try:
            slot = gap(replace(book, taken=[*everybodys, *taken_there]), day, VisitType.PANCHAKARMA, now, sits)
        except DayFull:
            continue
        found.append((slot.starts_at, room_id, slot))
    if not found:
        raise NoTimeTogether
    _, room_id, slot = min(found, key=lambda each: each[:2])
    return slot, room_id
