"""How a place on a waitlist changes: by compare-and-swap, announced and recorded. Nothing else writes it.

`move()` calls `settle`, so an offer is answered by whatever becomes of its hold, through whichever door.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core.db import Transaction
from core.errors import Stale
from core.events import Event
from core.tables import table
from models import Appointment, Doctor, Patient, WaitlistEntry, WaitlistOffer
from models.appointment import Status
from models.doctor import Mode
from models.visit import VisitType
from models.waitlist import Outcome, Waiting
from services import trail
from services.permissions import Actor

LAPSES = 3
"""How many offers one may leave unanswered; then he is off the list, for those behind him wait each time."""

TAKEN_BACK = "taken_back"
"""Why an offer ended that the clinic had to take back: it counts for nothing, and may be made again."""


class Rank(StrEnum):
    """Among whom one who waits is: those whom the clinic owes a time, or all the others."""

    FIRST = "first"
    USUAL = "usual"


EVENTS: dict[StrEnum, str] = {
    Outcome.OFFERED: "WaitlistOffered",
    Outcome.ACCEPTED: "WaitlistAccepted",
    Outcome.DECLINED: "WaitlistDeclined",
    Outcome.LAPSED: "WaitlistLapsed",
    Outcome.RETRACTED: "WaitlistOfferRetracted",
    Waiting.WAITING: "WaitlistJoined",
    Waiting.WITHDRAWN: "WaitlistWithdrawn",
    Waiting.OVER: "WaitlistOver",
    Rank.FIRST: "WaitlistPutFirst",
    Rank.USUAL: "WaitlistPutBack",
}
"""What is announced of an offer, and of a place."""

LIVE = (Waiting.WAITING, Waiting.OFFERED)
"""Who is on the list."""

ORDER: tuple[Any, ...] = (col(WaitlistEntry.displaced_by).is_(None), col(WaitlistEntry.place))
"""Whom the clinic took an appointment from goes before who would only like another time; among either, as they came."""


@dataclass(frozen=True)
class Place:
    """An entry as the list has it, the account that it belongs to, and the clinic whose list it is."""

    entry: WaitlistEntry
    account_id: int | None
    clinic_id: int


async def places(connection: AsyncConnection, *where: ColumnElement[bool]) -> list[Place]:
    """The entries that meet it, in the order of the list."""
    query = (
        select(table(WaitlistEntry), col(Patient.account_id), col(Doctor.clinic_id))
        .join(Patient, col(Patient.id) == col(WaitlistEntry.patient_id))
        .join(Doctor, col(Doctor.id) == col(WaitlistEntry.doctor_id))
        .where(*where)
        .order_by(*ORDER)
    )
    return [place(dict(row._mapping)) for row in await connection.execute(query)]


def place(values: dict[str, Any]) -> Place:
    """The columns of an entry, `account_id` and `clinic_id`, as they come from the database, which has checked them."""
    account_id, clinic_id = values.pop("account_id"), values.pop("clinic_id")
    kinds = {"mode": Mode, "visit_type": VisitType, "status": Waiting}
    entry = WaitlistEntry.model_construct(**values | {name: kind(values[name]) for name, kind in kinds.items()})
    return Place(entry, account_id, clinic_id)


async def change(
    tx: Transaction,
    old: Place,
    status: Waiting,
    kind: Waiting | Outcome,
    *,
    by: Actor | None,
    now: datetime,
    hold: Appointment | None = None,
) -> Place:
    """Bring an entry to `status`; `hold` is the offer that it is about. Raises Stale if it changed meanwhile."""
    entry = old.entry
    swap = (
        update(WaitlistEntry)
        .where(col(WaitlistEntry.id) == entry.id, col(WaitlistEntry.version) == entry.version)
        .values(status=status, version=entry.version + 1, updated_at=now)
        .returning(table(WaitlistEntry))
    )
    row = (await tx.execute(swap)).first()
    if row is None:
        raise Stale(status=entry.status)
    changed = place(dict(row._mapping) | {"account_id": old.account_id, "clinic_id": old.clinic_id})
    tell(tx, changed, kind, by=by, now=now, hold=hold)
    return changed


async def rank(
    tx: Transaction, *where: ColumnElement[bool], displaced_by: UUID | None, by: Actor | None, now: datetime
) -> None:
    """Those who wait and meet it go first, for the sake of that resolution; None: they go by their place again.

    Whoever is being offered a time at this moment is waited for, and then ranked all the same.
    """
    ranked = (
        update(WaitlistEntry)
        .where(*where, col(WaitlistEntry.status).in_(LIVE))
        .values(displaced_by=displaced_by, version=col(WaitlistEntry.version) + 1, updated_at=now)
        .returning(col(WaitlistEntry.id))
    )
    ids = (await tx.execute(ranked)).scalars().all()
    for known in await places(tx.connection, col(WaitlistEntry.id).in_(ids)):
        tell(tx, known, Rank.FIRST if displaced_by else Rank.USUAL, by=by, now=now)


def topic(clinic_id: int) -> str:
    """What moves the view of a clinic's lists."""
    return f"waitlist:{clinic_id}"


def tell(
    tx: Transaction,
    known: Place,
    kind: Waiting | Outcome | Rank,
    *,
    by: Actor | None,
    now: datetime,
    hold: Appointment | None = None,
    **details: Any,
) -> None:
    """Announce where a place stands to the doctor's screens and to whose it is, and record who brought it there."""
    entry = known.entry
    topics = [f"doctor:{entry.doctor_id}", f"patient:{entry.patient_id}", topic(known.clinic_id)]
    data = {"entry_id": str(entry.id), "doctor_id": entry.doctor_id, "version": entry.version}
    if hold is not None:
        topics.append(f"doctor:{hold.doctor_id}:{hold.day}")
        data |= {"appointment_id": str(hold.id), "day": hold.day.isoformat()}
    if known.account_id is not None:
        topics.append(f"account:{known.account_id}")
    tx.announce(Event(kind=EVENTS[kind], topics=tuple(topics), data=data, occurred_at=now))
    tx.record(
        trail.entry(
            by,
            EVENTS[kind],
            ("waitlist_entry", str(entry.id)),
            now=now,
            patient_id=entry.patient_id,
            details={"version": entry.version, **({"appointment_id": str(hold.id)} if hold else {}), **details},
        )
    )


async def settle(tx: Transaction, hold: Appointment, *, by: Actor | None, now: datetime) -> None:
    """A hold of the waitlist was booked, let go, or ran out (`by` None): so is its offer."""
    if hold.status == Status.BOOKED:
        await end_offer(tx, hold, Outcome.ACCEPTED, by=by, now=now)
    else:
        await end_offer(tx, hold, Outcome.DECLINED if by else Outcome.LAPSED, by=by, now=now)


async def end_offer(
    tx: Transaction, hold: Appointment, outcome: Outcome, *, by: Actor | None, now: datetime, reason: str | None = None
) -> None:
    """The offer of this hold has its outcome, and its entry waits on or is done; one that has ended stays as it is."""
    answer = {"outcome": outcome, "answered_at": now} | ({"reason": reason} if reason else {})
    ended = (
        update(WaitlistOffer)
        .where(col(WaitlistOffer.appointment_id) == hold.id, col(WaitlistOffer.outcome) == Outcome.OFFERED)
        .values(**answer)
        .returning(col(WaitlistOffer.entry_id))
    )
    entry_id = (await tx.execute(ended)).scalar_one_or_none()
    if entry_id is None:
        return
    (old,) = await places(tx.connection, col(WaitlistEntry.id) == entry_id)
    status = Waiting.BOOKED if outcome == Outcome.ACCEPTED else Waiting.WAITING
    changed = await change(tx, old, status, outcome, by=by, now=now, hold=hold)
    if outcome == Outcome.LAPSED and await _lapses(tx, entry_id) >= LAPSES:
        await change(tx, changed, Waiting.OVER, Waiting.OVER, by=None, now=now)


async def _lapses(tx: Transaction, entry_id: UUID) -> int:
    query = select(func.count()).where(
        col(WaitlistOffer.entry_id) == entry_id,
        col(WaitlistOffer.outcome) == Outcome.LAPSED,
        col(WaitlistOffer.reason).is_distinct_from(TAKEN_BACK),
    )
    count: int = (await tx.execute(query)).scalar_one()
    return count
