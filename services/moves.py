"""How the book changes: with the doctor's day locked, appointments move by compare-and-swap. Nothing else writes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from psycopg.errors import ExclusionViolation
from sqlalchemy import Row, Select, Update, bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from core.db import Transaction
from core.errors import NotFound, Stale
from core.events import Event
from core.tables import table
from models import Appointment, Patient
from models.appointment import Source, Status, may_move
from models.doctor import Mode
from models.visit import VisitType
from services import trail
from services.day_locks import day_topic, lock_days
from services.permissions import Actor
from services.refusals import PatientBusy, PlaceTaken, SlotTaken
from services.waiting.entries import settle

EVENTS = {
    Status.HELD: "AppointmentHeld",
    Status.BOOKED: "AppointmentBooked",
    Status.EXPIRED: "HoldEnded",
    Status.CANCELLED: "AppointmentCancelled",
    Status.CHECKED_IN: "PatientCheckedIn",
    Status.IN_CONSULTATION: "ConsultationStarted",
    Status.COMPLETED: "ConsultationCompleted",
    Status.NO_SHOW: "PatientDidNotShow",
    Status.RESCHEDULED: "AppointmentRescheduled",
}
"""What is announced when an appointment comes to a status."""

PASSED_OVER, TAKEN_BACK, REASSIGNED = "PatientPassedOver", "LastMoveTakenBack", "AppointmentReassigned"
"""What is announced where a status says too little."""

KINDS = frozenset({*EVENTS.values(), PASSED_OVER, TAKEN_BACK, REASSIGNED})
"""All that is announced of an appointment."""

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Entry:
    """An appointment as the book has it, and the account that it belongs to."""

    appointment: Appointment
    account_id: int | None

    def has_lapsed(self, now: datetime) -> bool:
        """Whether it is a hold that ran out."""
        until = self.appointment.held_until
        return self.appointment.status == Status.HELD and (until is None or until <= now)

    @property
    def doctor_day(self) -> tuple[int, date]:
        """The doctor's day that orders its changes."""
        return self.appointment.doctor_id, self.appointment.day

    def require_version(self, version: int | None) -> None:
        """Raise Stale unless this is the version that the caller has seen; None: whichever it is."""
        if version is not None and version != self.appointment.version:
            raise Stale(status=self.appointment.status)


def entries() -> Select[*tuple[Any, ...]]:
    """The appointments' columns, and `account_id`."""
    return select(table(Appointment), col(Patient.account_id)).join(
        Patient, col(Patient.id) == col(Appointment.patient_id)
    )


def entry(row: Row[*tuple[Any, ...]]) -> Entry:
    """A row of `entries()`."""
    values = dict(row._mapping)
    account_id = values.pop("account_id")
    return Entry(appointment_of(values), account_id)


# Built once: to build a statement with so many columns takes as long as to run it.
FIND = entries().where(col(Appointment.id) == bindparam("id"))
AGAIN = FIND.where(col(Appointment.doctor_id) == bindparam("doctor_id"))


@lru_cache(maxsize=256)
def _swap(names: frozenset[str]) -> Update:
    """Set those columns of the appointment `at`, if it is as it was; no name of ours begins with it."""
    as_it_was = (
        col(Appointment.id) == bindparam("at_id"),
        col(Appointment.doctor_id) == bindparam("at_doctor_id"),
        col(Appointment.starts_at) == bindparam("at_starts_at"),
        col(Appointment.version) == bindparam("at_version"),
    )
    changed: dict[str, Any] = {name: bindparam(name) for name in names}
    return update(table(Appointment)).where(*as_it_was).values(changed).returning(table(Appointment))


async def find(tx: Transaction, appointment_id: UUID) -> Entry:
    """The appointment as it stands this moment; nothing keeps it so. Raises NotFound."""
    row = (await tx.execute(FIND, {"id": appointment_id})).first()
    if row is None:
        raise NotFound(appointment_id=str(appointment_id))
    return entry(row)


async def again(tx: Transaction, known: Entry) -> Entry:
    """The same, now that its doctor's day is locked and nobody else can move it. Raises NotFound: it was moved away."""
    appointment = known.appointment
    row = (await tx.execute(AGAIN, {"id": appointment.id, "doctor_id": appointment.doctor_id})).first()
    if row is None:
        raise NotFound(appointment_id=str(appointment.id))
    return entry(row)


async def locked(tx: Transaction, appointment_id: UUID, now: datetime) -> Entry:
    """The appointment as it stands while we hold its doctor's day. Raises NotFound."""
    known = await find(tx, appointment_id)
    await lock_days(tx, [(known.appointment.doctor_id, known.appointment.day)], now)
    return await again(tx, known)


async def move(
    tx: Transaction,
    old: Entry,
    target: Status,
    *,
    by: Actor | None,
    now: datetime,
    kind: str | None = None,
    noted: Mapping[str, Any] = NOTHING,
    **values: Any,
) -> Appointment:
    """Bring an appointment to `target`, announce and record it. Raises Stale if it moved meanwhile or may not go there.

    `by` is None for what the clock does. `kind` is what is announced, where the status says too little, `noted` is
    recorded with it; `values` are further columns to set.
    """
    appointment = old.appointment
    if not may_move(appointment.status, target, back=kind == TAKEN_BACK):
        raise Stale(status=appointment.status)
    values |= {"status": target, "version": appointment.version + 1, "updated_at": now}
    as_it_was = {
        "at_id": appointment.id,
        "at_doctor_id": appointment.doctor_id,
        "at_starts_at": appointment.starts_at,
        "at_version": appointment.version,
    }
    try:
        row = (await tx.execute(_swap(frozenset(values)), values | as_it_was)).first()
    except IntegrityError as error:
        # One that comes back to active, or to another time, may meet what stands there by now.
        raise _met(error) from error
    if row is None:
        raise Stale(status=appointment.status)
    moved = appointment_of(dict(row._mapping))
    tell(tx, moved, account_id=old.account_id, by=by, now=now, kind=kind, noted=noted)
    if appointment.status == Status.HELD != target and appointment.source == Source.WAITLIST:
        await settle(tx, moved, by=by, now=now)
    return moved


def tell(
    tx: Transaction,
    appointment: Appointment,
    *,
    account_id: int | None,
    by: Actor | None,
    now: datetime,
    kind: str | None = None,
    tells: bool | None = None,
    noted: Mapping[str, Any] = NOTHING,
) -> None:
    """Announce where an appointment stands to all who watch it, and record who brought it there, with what is `noted`.

    `tells` is whether the patient is to be told, where somebody has decided that: the event has whom as `tell`.
    """
    day = day_topic(appointment.doctor_id, appointment.day)
    topics = [f"doctor:{appointment.doctor_id}", day, f"patient:{appointment.patient_id}"]
    topics.append(f"clinic:{appointment.clinic_id}")
    if account_id is not None:
        topics.append(f"account:{account_id}")
    kind = kind or EVENTS[appointment.status]
    data: dict[str, Any] = {
        "appointment_id": str(appointment.id),
        "doctor_id": appointment.doctor_id,
        "day": appointment.day.isoformat(),
        "version": appointment.version,
    }
    if day in tx.versions:
        data["day_version"] = tx.versions[day]
    if tells is not None:
        data["tell"] = [str(appointment.id)] if tells else []
    tx.announce(Event(kind=kind, topics=tuple(topics), data=data, occurred_at=now))
    tx.record(
        trail.entry(
            by,
            kind,
            ("appointment", str(appointment.id)),
            now=now,
            patient_id=appointment.patient_id,
            details={"version": appointment.version, **noted},
        )
    )


def _met(error: IntegrityError) -> Exception:
    """The refusal that an EXCLUDE constraint stands for."""
    if not isinstance(error.orig, ExclusionViolation):
        return error
    kind = (error.orig.diag.constraint_name or "").rpartition("_")[2]
    if kind == "patient":
        return PatientBusy()
    return SlotTaken() if kind == "doctor" else PlaceTaken(what=kind)


def appointment_of(values: dict[str, Any]) -> Appointment:
    """Columns as they come from the database, which has checked them: only the enums are to be made."""
    return Appointment.model_construct(
        **values
        | {
            "status": Status(values["status"]),
            "mode": Mode(values["mode"]),
            "source": Source(values["source"]),
            "visit_type": VisitType(values["visit_type"]),
        }
    )
