"""What people see of the waitlists: the staff a doctor's, an account its own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, not_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.db import transaction
from models import Clinic, Doctor, Patient, WaitlistEntry, WaitlistOffer
from models.waitlist import Outcome, Waiting
from services.days import doctor_ref
from services.permissions import Actor, require
from services.trail import read
from services.waiting.entries import LIVE, ORDER


@dataclass(frozen=True, kw_only=True)
class Waiter:
    """One who waits, `position` from 1; wall-clock hours in `zone`. What is offered to him has an `offer_id`.

    `is_displaced`: the clinic took an appointment from him.
    """

    entry_id: UUID
    position: int
    place: int
    doctor_id: int
    doctor: str
    zone: str
    patient_id: int
    patient: str
    first_day: date
    last_day: date
    mode: str
    visit_type: str
    weekdays: Sequence[int]
    earliest: time | None
    latest: time | None
    status: Waiting
    is_displaced: bool
    version: int
    created_at: datetime
    offer_id: int | None
    appointment_id: UUID | None
    starts_at: datetime | None
    answer_by: datetime | None

    @property
    def spot(self) -> "Spot":
        """Where he stands, of all lists."""
        return Spot(self.doctor_id, not self.is_displaced, self.place)


class Spot(NamedTuple):
    """Where one stands, in the order in which lists are told; it stays when others leave."""

    doctor_id: int
    is_usual: bool
    place: int


async def entries_of(
    doctor_id: int, *, by: Actor, now: datetime, limit: int | None = None, after: Spot | None = None
) -> list[Waiter]:
    """The doctor's list in order, for the staff; the reading is recorded. Raises NotFound, NotAllowed."""
    require(by, "see_day", await doctor_ref(doctor_id))
    async with db.snapshot() as connection:
        found = await waiters(connection, col(WaitlistEntry.doctor_id) == doctor_id, limit=limit, after=after)
    patients = (each.patient_id for each in found)
    async with transaction() as tx:
        tx.record(read(by, "WaitlistRead", ("doctor", str(doctor_id)), now=now, patient_ids=patients))
    return found


async def mine(*, by: Actor, limit: int | None = None, after: Spot | None = None) -> list[Waiter]:
    """Where the account's people wait, and what is offered to them."""
    own = select(col(WaitlistEntry.doctor_id)).where(col(WaitlistEntry.patient_id).in_(by.patient_ids))
    of_them = col(WaitlistEntry.doctor_id).in_(own)
    async with db.snapshot() as connection:
        return await waiters(connection, of_them, whose=by.patient_ids, limit=limit, after=after)


async def waiters(
    connection: AsyncConnection,
    *where: ColumnElement[bool],
    whose: Collection[int] | None = None,
    limit: int | None = None,
    after: Spot | None = None,
) -> list[Waiter]:
    """Those on the lists that the condition picks; it picks whole lists, so the positions are right.

    Of these the patients `whose` they are, at most so many, behind that spot.
    """
    listed = _listed(*where).subquery()
    spot = tuple_(listed.c.doctor_id, not_(listed.c.is_displaced), listed.c.place)
    query = select(listed).order_by(*spot).limit(limit)
    if whose is not None:
        query = query.where(listed.c.patient_id.in_(whose))
    if after is not None:
        query = query.where(spot > after)
    return [_waiter(row) for row in await connection.execute(query)]


def _listed(*where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    shared = (
        "doctor_id",
        "patient_id",
        "first_day",
        "last_day",
        "mode",
        "visit_type",
        "weekdays",
        "earliest",
        "latest",
    )
    entry = [getattr(WaitlistEntry, name) for name in (*shared, "place", "status", "version", "created_at")]
    offer = [getattr(WaitlistOffer, name) for name in ("appointment_id", "starts_at", "answer_by")]
    position = func.row_number().over(partition_by=col(WaitlistEntry.doctor_id), order_by=ORDER)
    live = and_(col(WaitlistOffer.entry_id) == col(WaitlistEntry.id), col(WaitlistOffer.outcome) == Outcome.OFFERED)
    return (
        select(
            col(WaitlistEntry.id).label("entry_id"),
            position.label("position"),
            col(Doctor.name).label("doctor"),
            col(Clinic.time_zone).label("zone"),
            col(Patient.name).label("patient"),
            col(WaitlistOffer.id).label("offer_id"),
            col(WaitlistEntry.displaced_by).is_not(None).label("is_displaced"),
            *entry,
            *offer,
        )
        .join(Doctor, col(Doctor.id) == col(WaitlistEntry.doctor_id))
        .join(Clinic, col(Clinic.id) == col(Doctor.clinic_id))
        .join(Patient, col(Patient.id) == col(WaitlistEntry.patient_id))
        .outerjoin(WaitlistOffer, live)
        .where(col(WaitlistEntry.status).in_(LIVE), *where)
    )


def _waiter(row: Row[Any]) -> Waiter:
    return Waiter(**dict(row._mapping) | {"status": Waiting(row.status)})
