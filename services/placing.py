"""The one way into the book: put an appointment at a time, under the lock of its doctor's day."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from psycopg.errors import CheckViolation
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from core import metrics
from core.db import Transaction
from core.tables import table
from models import Appointment
from models.appointment import ACTIVE, Source, Status
from models.doctor import Mode
from models.visit import VisitType
from services import schedules
from services.moves import entries, entry, move, tell
from services.permissions import Actor
from services.refusals import BookNotOpenYet, NotOpen, PatientBusy, PlaceTaken, SlotTaken
from services.slots import Schedule, Slot, Why


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What someone would like: this patient, at this doctor, at this instant."""

    patient_id: int
    doctor_id: int
    starts_at: datetime
    mode: Mode
    visit: VisitType = VisitType.FIRST_VISIT


@dataclass(frozen=True, kw_only=True)
class Placement:
    """How an appointment comes into the book: its first status and what goes with it."""

    status: Status
    source: Source
    held_until: datetime | None = None
    token: int | None = None
    rescheduled_from: UUID | None = None
    therapist_id: int | None = None
    room_id: int | None = None
    course_id: UUID | None = None
    is_emergency: bool = False
    checked_in_at: datetime | None = None


@dataclass(frozen=True)
class Subject:
    """What `can` asks about before there is an appointment."""

    patient_id: int
    doctor_id: int
    clinic_id: int


def wished_slot(book: Schedule, wish: Wish, day: date, now: datetime, *, by_staff: bool = False) -> Slot:
    """The slot of the grid that is wished, whoever may have it. Raises NotOpen; staff need give no notice."""
    slots = book.with_taken((), {}).slots(day, now, wish.visit)
    slot = next((s for s in slots if s.starts_at == wish.starts_at), None)
    if slot is None:
        raise NotOpen(why=Why.OUTSIDE_HOURS)
    if wish.mode not in slot.modes:
        raise NotOpen(why=Why.OTHER_MODE)
    if slot.why != Why.OPEN and not (by_staff and slot.why == Why.NOTICE):
        raise NotOpen(why=slot.why)
    return slot


async def place(
    tx: Transaction,
    wish: Wish,
    slot: Slot,
    day: date,
    how: Placement,
    *,
    book: Schedule,
    by: Actor | None,
    now: datetime,
) -> Appointment:
    """Write the appointment, announce and record it. The doctor's day is locked by the caller.

    Raises SlotTaken, PatientBusy, PlaceTaken, NotOpen, BookNotOpenYet.
    """
    values = {
        "id": uuid4(),
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "busy_until": slot.busy_until,
        "day": day,
        "doctor_id": wish.doctor_id,
        "patient_id": wish.patient_id,
        "clinic_id": slot.clinic_id,
        "visit_type": wish.visit,
        "mode": wish.mode,
        "fee": book.fee,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        **vars(how),
    }
    account_id = await _insert(tx, values)
    if account_id is MISSING:
        # Someone is in the way. Holds that ran out may be, and make way; we hold the day, so this ends it.
        await _free_lapsed(tx, wish, day, now)
        account_id = await _insert(tx, values)
    if account_id is MISSING:
        raise await _in_the_way(tx, values, now)
    appointment = Appointment.model_construct(**values)
    tell(tx, appointment, account_id=account_id, by=by, now=now)
    return appointment


COLUMNS = (
    "id",
    "starts_at",
    "ends_at",
    "busy_until",
    "day",
    "doctor_id",
    "patient_id",
    "clinic_id",
    "visit_type",
    "mode",
    "fee",
    "version",
    "created_at",
    "updated_at",
    *(field.name for field in fields(Placement)),
)

INSERT = text(f"""
    INSERT INTO appointments ({", ".join(COLUMNS)}) VALUES ({", ".join(f":{name}" for name in COLUMNS)})
    ON CONFLICT DO NOTHING RETURNING (SELECT account_id FROM patients WHERE id = :patient_id)
""")  # noqa: S608  (the names are ours)

MISSING: Any = object()


async def _insert(tx: Transaction, values: dict[str, Any]) -> int | None:
    """The account of the patient; MISSING where an EXCLUDE constraint kept the row out."""
    try:
        row = (await tx.execute(INSERT, values)).first()
    except IntegrityError as error:
        if not isinstance(error.orig, CheckViolation):
            raise
        # A row that no partition takes violates no constraint that has a name; one that spans a bound does.
        if error.orig.diag.constraint_name:
            raise NotOpen(why=Why.OUTSIDE_HOURS) from error
        metrics.missing_partition.inc()
        raise BookNotOpenYet from error
    return MISSING if row is None else cast(int | None, row[0])


async def _free_lapsed(tx: Transaction, wish: Wish, day: date, now: datetime) -> None:
    """Free the holds of this doctor's day that ran out."""
    query = entries().where(
        col(Appointment.doctor_id) == wish.doctor_id,
        col(Appointment.day) == day,
        col(Appointment.status) == Status.HELD,
        col(Appointment.held_until) <= now,
    )
    for row in (await tx.execute(query)).all():
        await move(tx, entry(row), Status.EXPIRED, by=None, now=now)


async def _in_the_way(tx: Transaction, values: dict[str, Any], now: datetime) -> Exception:
    """Which refusal it is: the doctor's time before the patient's, the patient's before therapist and room."""
    query = select(table(Appointment)).where(
        col(Appointment.starts_at) < values["busy_until"],
        col(Appointment.starts_at) > values["starts_at"] - timedelta(days=1),
        col(Appointment.busy_until) > values["starts_at"],
        col(Appointment.status).in_(sorted(ACTIVE)),
    )
    rows = (await tx.execute(query)).all()

    def meets(column: str) -> bool:
        return any(getattr(row, column) == values[column] for row in rows if values[column] is not None)

    if meets("doctor_id"):
        return SlotTaken()
    if any(row.patient_id == values["patient_id"] and row.starts_at < values["ends_at"] for row in rows):
        return PatientBusy()
    for what in ("therapist_id", "room_id"):
        if meets(what):
            return PlaceTaken(what=what.removesuffix("_id"))
    return SlotTaken()


async def rules_of(tx: Transaction, doctor_ids: Sequence[int]) -> dict[int, Schedule]:
    """The doctors' rules as they are now that their days are locked; nothing taken."""
    return await schedules.rules(tx.connection, doctor_ids)
