"""What was done about a change of the calendar: each stranded appointment moved, cancelled or left for an offer."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import any_, insert, literal, select, text
from sqlmodel import col

from core import db
from core.db import Transaction
from core.errors import NotFound
from core.events import Event
from models import Appointment, Resolution, ResolutionMove
from models.appointment import Status
from models.waitlist import Outcome
from services import schedules, trail
from services.absence import displaced, picks
from services.absence.calendars import write
from services.absence.leaves import Away, Change, Closed, Picked
from services.absence.new_hours import DayHours, WeekHours
from services.absence.strandings import Choices, Instead, Plan, Stranded
from services.day_locks import next_token
from services.gaps import clinic_topics
from services.moves import move
from services.permissions import Actor
from services.placing import Placement, Wish, place, rules_of, wished_slot
from services.slots import Schedule
from services.waiting.entries import TAKEN_BACK, end_offer

EVENTS = {
    Away: "LeaveTaken",
    Closed: "ClinicClosed",
    Picked: "AppointmentsRearranged",
    DayHours: "HoursChanged",
    WeekHours: "HoursChanged",
}
"""What is announced of each change, beside what becomes of the appointments."""

Seen = Callable[[int, int], None]
"""Hears how many of how many appointments have been dealt with."""

PARTIES = text("""
    SELECT (SELECT count(*) FROM (SELECT id FROM patients WHERE id = ANY(:patients) ORDER BY id FOR NO KEY UPDATE) p),
        (SELECT count(*) FROM (SELECT id FROM therapists WHERE id = ANY(:therapists) ORDER BY id FOR NO KEY UPDATE) t),
        (SELECT count(*) FROM (SELECT id FROM rooms WHERE id = ANY(:rooms) ORDER BY id FOR NO KEY UPDATE) r)
""")


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """What was done: old appointments' ids to new ones, those cancelled, and those of them that wait for an offer.

    `leave_ids`: the leave of each doctor who is away.
    """

    resolution_id: UUID
    leave_ids: tuple[int, ...]
    moved: dict[UUID, Appointment]
    cancelled: tuple[UUID, ...]
    offered: tuple[UUID, ...]


def unseen(_done: int, _of: int) -> None:
    """For `seen`, where nobody is told how far it is."""


async def carry_out(
    tx: Transaction,
    change: Change,
    found: Plan,
    choices: Choices,
    *,
    by: Actor,
    now: datetime,
    tells: bool = True,
    seen: Seen = unseen,
) -> Resolved:
    """Write the change and do what the plan says; the caller has locked every day of it, and read the plan since."""
    resolution_id = uuid4()
    written = await write(tx, change, now)
    await tx.execute(
        insert(Resolution).values(id=resolution_id, created_by=by.user_id, created_at=now, tells=tells, **vars(written))
    )
    for hold in found.holds:
        await end_offer(tx, hold.appointment, Outcome.LAPSED, by=by, now=now, reason=TAKEN_BACK)
        await move(tx, hold, Status.EXPIRED, by=by, now=now)
    # In one order for all: those who are moved may be in another's way for a moment, and nobody waits in a circle.
    ordered = sorted(found.stranded, key=lambda each: (each.appointment.patient_id, each.appointment.starts_at))
    moved: dict[UUID, Appointment] = {}
    for number, each in enumerate(ordered, 1):
        target = Status.RESCHEDULED if each.replacement else Status.CANCELLED
        await move(tx, each.entry, target, by=by, now=now)
        seen(number, 2 * len(ordered))
    books = await rules_of(tx, sorted({each.replacement.doctor_id for each in ordered if each.replacement}))
    for number, each in enumerate(ordered, 1):
        if each.replacement:
            moved[each.appointment.id] = await _move_over(tx, each, books, by=by, now=now)
        seen(len(ordered) + number, 2 * len(ordered))
    cancelled = tuple(each.appointment.id for each in ordered if not each.replacement)
    offered = tuple(each.appointment.id for each in ordered if choices.get(each.appointment.id) == Instead.OFFER)
    await displaced.leave(
        tx, resolution_id, (each.appointment for each in ordered if each.appointment.id in offered), by=by, now=now
    )
    if ordered:
        rows = [
            {"resolution_id": resolution_id, "appointment_id": old, "moved_to": moved[old].id if old in moved else None}
            for old in (each.appointment.id for each in ordered)
        ]
        await tx.execute(insert(ResolutionMove), rows)
    if written.picked is not None:
        await picks.run_late(tx, written.picked, by=by, now=now)
    told = [*(new.id for new in moved.values()), *cancelled] if tells else []
    details = {"moved": len(moved), "cancelled": len(cancelled), "offered": len(offered), "holds": len(found.holds)}
    await tell(tx, EVENTS[type(change)], resolution_id, found.days, details, told, by=by, now=now)
    return Resolved(
        resolution_id=resolution_id,
        leave_ids=tuple(written.leave_ids or ()),
        moved=moved,
        cancelled=cancelled,
        offered=offered,
    )


async def resolution_of(leave_id: int) -> UUID:
    """The resolution that a leave was written with. Raises NotFound: it was put into the calendar by itself."""
    query = select(col(Resolution.id)).where(literal(leave_id) == any_(col(Resolution.leave_ids)))
    async with db.snapshot() as connection:
        found = await connection.scalar(query)
    if found is None:
        raise NotFound(leave_id=leave_id)
    return found


async def lock_parties(tx: Transaction, appointments: Iterable[Appointment]) -> None:
    """Their patients, therapists and rooms are ours, in the order that courses lock them; call it before `lock_days`.

    Who writes many appointments at once would else wait for another's who waits for his.
    """
    found = list(appointments)
    values = {
        "patients": sorted({each.patient_id for each in found}),
        "therapists": sorted({each.therapist_id for each in found if each.therapist_id is not None}),
        "rooms": sorted({each.room_id for each in found if each.room_id is not None}),
    }
    await tx.execute(PARTIES, values)


async def tell(
    tx: Transaction,
    kind: str,
    resolution_id: UUID,
    days: Collection[tuple[int, date]],
    details: dict[str, Any],
    told: Collection[UUID],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Announce a change of the calendar to all who watch one of its days or clinics, and record who made it.

    `told` are the appointments, as they now stand, whose patients are to hear of it.
    """
    topics = {f"doctor:{doctor_id}" for doctor_id, _ in days} | {f"doctor:{doctor_id}:{day}" for doctor_id, day in days}
    topics |= clinic_topics((await schedules.rules(tx.connection, {doctor_id for doctor_id, _ in days})).values())
    versions = {topic: tx.versions[topic] for topic in sorted(topics & tx.versions.keys())}
    data: dict[str, Any] = {"resolution_id": str(resolution_id), "day_versions": versions}
    data["tell"] = [str(each) for each in told]
    tx.announce(Event(kind=kind, topics=tuple(sorted(topics)), data=data, occurred_at=now))
    tx.record(trail.entry(by, kind, ("resolution", str(resolution_id)), now=now, details=details))


async def _move_over(
    tx: Transaction, stranded: Stranded, books: dict[int, Schedule], *, by: Actor, now: datetime
) -> Appointment:
    """Put it at its replacement, at the fee that was agreed."""
    old, new = stranded.appointment, stranded.replacement
    assert new is not None
    wish = Wish(
        patient_id=old.patient_id,
        doctor_id=new.doctor_id,
        starts_at=new.slot.starts_at,
        mode=old.mode,
        visit=old.visit_type,
    )
    # Once more by the rules as they are now written: the time must be open beside the leave too.
    slot = wished_slot(books[new.doctor_id], wish, new.day, now)
    how = Placement(
        status=Status.BOOKED,
        source=old.source,
        token=await next_token(tx, new.doctor_id, new.day),
        rescheduled_from=old.id,
        therapist_id=old.therapist_id,
        room_id=old.room_id,
        course_id=old.course_id,
    )
    book = replace(books[new.doctor_id], fee=old.fee)
    return await place(tx, wish, slot, new.day, how, book=book, by=by, now=now)
