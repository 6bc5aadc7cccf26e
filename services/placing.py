"""The one way into the book: put an appointment at a time, under the lock of its doctor's day."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID, uuid4

from psycopg.errors import CheckViolation, ForeignKeyViolation
from sqlalchemy import or_, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from core import metrics
from core.db import Transaction
from core.errors import DomainError, NotFound
from models import Appointment
from models.appointment import ACTIVE, Source, Status
from models.doctor import Mode
from models.visit import VisitType
from services import inputs, schedules
from services.moves import Entry, entries, entry, move, tell
from services.permissions import Actor
from services.refusals import BookNotOpenYet, NotOpen, PatientBusy, PlaceTaken, SlotTaken
from services.slots import LONGEST, Schedule, Slot, Why


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What someone would like: this patient, at this doctor, at this instant."""

    patient_id: int
    doctor_id: int
    starts_at: datetime
    mode: Mode
    visit: VisitType = VisitType.FIRST_VISIT

    def checked(self) -> "Wish":
        """The same, its moment in UTC. Raises Invalid for what cannot be a wish, by its field."""
        return Wish(
            patient_id=inputs.identity(self.patient_id, "patient_id"),
            doctor_id=inputs.identity(self.doctor_id, "doctor_id"),
            starts_at=inputs.moment(self.starts_at, "starts_at"),
            mode=inputs.one_of(Mode, self.mode, "mode"),
            visit=inputs.one_of(VisitType, self.visit, "visit"),
        )

    def is_met_by(self, appointment: Appointment) -> bool:
        """Whether that is what the appointment is already."""
        return (self.patient_id, self.doctor_id, self.starts_at, self.mode, self.visit) == (
            appointment.patient_id,
            appointment.doctor_id,
            appointment.starts_at,
            appointment.mode,
            appointment.visit_type,
        )


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
    skipped_at: datetime | None = None


@dataclass(frozen=True)
class Subject:
    """What `can` asks about before there is an appointment."""

    patient_id: int
    doctor_id: int
    clinic_id: int


def wished_slot(book: Schedule, wish: Wish, day: date, now: datetime, *, by_staff: bool = False) -> Slot:
    """The slot of the grid that is wished, whoever may have it; staff need give no notice. Raises NotOpen, Stale."""
    schedules.require_day(book, wish.starts_at, day)
    free = book.with_taken((), {})
    why, slot = free.at(wish.starts_at, now, mode=wish.mode, visit=wish.visit, by_staff=by_staff)
    if slot is None or why != Why.OPEN:
        raise NotOpen(why=why)
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
    tells: bool | None = None,
) -> Appointment:
    """Write the appointment, announce and record it. The doctor's day is locked by the caller.

    `tells` is whether its patient is to be told, where somebody has decided that.

    Raises SlotTaken, PatientBusy, PlaceTaken, NotOpen, BookNotOpenYet, NotFound where there is no such patient.
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
        # Holds of this day that ran out make way, and we hold the day, so one more try decides it.
        rows = await _in_the_way(tx, values)
        if not await _free_lapsed(tx, rows, wish, day, now):
            raise _refusal(rows, values)
        account_id = await _insert(tx, values)
    if account_id is MISSING:
        raise _refusal(await _in_the_way(tx, values), values)
    appointment = Appointment.model_construct(**values)
    tell(tx, appointment, account_id=account_id, by=by, now=now, tells=tells)
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

EXCLUSIVE = ("doctor_id", "patient_id", "therapist_id", "room_id")
"""What cannot be in two appointments at once; the partitions' EXCLUDE constraints name the same four."""


async def _insert(tx: Transaction, values: dict[str, Any]) -> int | None:
    """The account of the patient; MISSING where an EXCLUDE constraint kept the row out."""
    try:
        row = (await tx.execute(INSERT, values)).first()
    except IntegrityError as error:
        if isinstance(error.orig, ForeignKeyViolation):
            missing = str(error.orig.diag.constraint_name).removeprefix("appointments_").removesuffix("_fkey")
            raise NotFound(**{missing: values.get(missing)}) from error
        if not isinstance(error.orig, CheckViolation):
            raise
        # A row that no partition takes violates no constraint that has a name; one that spans a bound does.
        if error.orig.diag.constraint_name:
            raise NotOpen(why=Why.OUTSIDE_HOURS) from error
        metrics.missing_partition.inc()
        raise BookNotOpenYet from error
    return MISSING if row is None else cast(int | None, row[0])


async def _in_the_way(tx: Transaction, values: dict[str, Any]) -> list[Entry]:
    """The active appointments that overlap, of anybody who could be in the way."""
    query = entries().where(
        col(Appointment.starts_at) < values["busy_until"],
        col(Appointment.starts_at) > values["starts_at"] - LONGEST,
        col(Appointment.busy_until) > values["starts_at"],
        col(Appointment.status).in_(sorted(ACTIVE)),
        or_(*(col(getattr(Appointment, name)) == values[name] for name in EXCLUSIVE if values[name] is not None)),
    )
    return [entry(row) for row in (await tx.execute(query)).all()]


async def _free_lapsed(tx: Transaction, rows: Sequence[Entry], wish: Wish, day: date, now: datetime) -> bool:
    """Free those of the rows that are holds of this doctor's day, which is locked, and ran out; whether one was."""
    lapsed = [row for row in rows if row.doctor_day == (wish.doctor_id, day) and row.has_lapsed(now)]
    for row in lapsed:
        await move(tx, row, Status.EXPIRED, by=None, now=now)
    return bool(lapsed)


def _refusal(rows: Sequence[Entry], values: dict[str, Any]) -> DomainError:
    """Which it is: the doctor's time before the patient's, the patient's before the therapist and the room."""
    meets = {
        name: any(getattr(row.appointment, name) == values[name] for row in rows if values[name] is not None)
        for name in EXCLUSIVE
    }
    # The patient is free as soon as the visit ends, whatever the doctor keeps free after it.
    meets["patient_id"] = any(
        row.appointment.patient_id == values["patient_id"]
        and row.appointment.starts_at < values["ends_at"]
        and row.appointment.ends_at > values["starts_at"]
        for row in rows
    )
    if not meets["doctor_id"] and meets["patient_id"]:
        return PatientBusy()
    for name in ("therapist_id", "room_id"):
        if not meets["doctor_id"] and meets[name]:
            return PlaceTaken(what=name.removesuffix("_id"))
    return SlotTaken()


async def rules_of(tx: Transaction, doctor_ids: Sequence[int]) -> dict[int, Schedule]:
    """The doctors' rules as they are now that their days are locked; nothing taken."""
    return await schedules.rules(tx.connection, doctor_ids)
