"""What else is open when a time is taken."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from services import kept_books
from services.placing import Wish
from services.refusals import SlotTaken
from services.slots import Slot, Why
from services.stamps import Days
from services.walls import local_day

ALTERNATIVES = 3
"""How many other times a refusal names."""

NEAR, FAR = timedelta(days=1), timedelta(days=14)
"""How far from the wished day alternatives are looked for: at first, and where that is too few."""


@asynccontextmanager
async def naming_alternatives(wish: Wish, now: datetime) -> AsyncIterator[None]:
    """Around a transaction: SlotTaken leaves it with the nearest open slots, as they are after the rollback."""
    try:
        yield
    except SlotTaken as refusal:
        raise SlotTaken(alternatives=await nearest_open(wish, now)) from refusal


async def nearest_open(wish: Wish, now: datetime, *, count: int = ALTERNATIVES) -> list[Slot]:
    """The open slots of that doctor and mode that are nearest to the wished time, in order of time."""
    # The doctor's wall clock may be a day before or behind.
    date = wish.starts_at.date()
    for around in (NEAR, FAR):
        book = await kept_books.book(Days(wish.doctor_id, date - around - NEAR, date + around + NEAR))
        day = local_day(wish.starts_at, book.zone)
        found = [
            slot
            for offset in range(-around.days, around.days + 1)
            for slot in book.slots(day + timedelta(days=offset), now, wish.visit)
            if slot.why == Why.OPEN and wish.mode in slot.modes
        ]
        if len(found) >= count:
            break
    nearest = sorted(found, key=lambda slot: abs(slot.starts_at - wish.starts_at))[:count]
    return sorted(nearest, key=lambda slot: slot.starts_at)
