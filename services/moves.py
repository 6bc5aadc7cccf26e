"""How the book changes: lock the doctor's days, then move appointments by compare-and-swap. Nothing else writes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from core.audit import AuditEntry
from core.db import Transaction
from core.errors import NotFound, Stale
from core.events import Event
from core.tables import table
from models import Appointment, DoctorDay, Patient
from models.appointment import Status, may_move
from services.permissions import Actor

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


@dataclass(frozen=True)
class Entry:
    """An appointment as the book has it, and the account that it belongs to."""

    appointment: Appointment
    account_id: int | None


def entries() -> Select[*tuple[Any, ...]]:
    """The appointments' columns, and `account_id`."""
    return select(table(Appointment), col(Patient.account_id)).join(
        Patient, col(Patient.id) == col(Appointment.patient_id)
    )


def entry(row: Row[*tuple[Any, ...]]) -> Entry:
    """A row of `entries()`."""
    values = dict(row._mapping)
    account_id = values.pop("account_id")
    return Entry(Appointment.model_validate(values), account_id)


async def lock_days(tx: Transaction, days: Iterable[tuple[int, date]], now: datetime) -> dict[tuple[int, date], int]:
    """Lock doctors' days and give each its next version. Always in one order, so that writers never deadlock."""
    versions = {}
    for doctor_id, day in sorted(set(days)):
        insertion = insert(DoctorDay).values(doctor_id=doctor_id, day=day, version=1, changed_at=now)
        bump = insertion.on_conflict_do_update(
            index_elements=["doctor_id", "day"],
            set_={"version": col(DoctorDay.version) + 1, "changed_at": now},
        ).returning(col(DoctorDay.version))
        versions[doctor_id, day] = (await tx.execute(bump)).scalar_one()
    return versions


async def locked(tx: Transaction, appointment_id: UUID, now: datetime) -> Entry:
    """The appointment as it stands while we hold its doctor's day. Raises NotFound."""
    query = entries().where(col(Appointment.id) == appointment_id)
    found = (await tx.execute(query)).first()
    if found is None:
        raise NotFound(appointment_id=str(appointment_id))
    await lock_days(tx, [(found.doctor_id, found.day)], now)
    # Again, now that nobody else can move it.
    return entry((await tx.execute(query)).one())


async def move(
    tx: Transaction, old: Entry, target: Status, *, by: Actor | None, now: datetime, **values: Any
) -> Appointment:
    """Bring an appointment to `target`, announce and record it. Raises Stale if it moved meanwhile or may not go there.

    `by` is None for what the clock does. `values` are further columns to set.
    """
    appointment = old.appointment
    if not may_move(appointment.status, target):
        raise Stale(status=appointment.status)
    swap = (
        update(Appointment)
        .where(
            col(Appointment.id) == appointment.id,
            col(Appointment.doctor_id) == appointment.doctor_id,
            col(Appointment.starts_at) == appointment.starts_at,
            col(Appointment.version) == appointment.version,
        )
        .values(status=target, version=appointment.version + 1, updated_at=now, **values)
        .returning(table(Appointment))
    )
    row = (await tx.execute(swap)).first()
    if row is None:
        raise Stale(status=appointment.status)
    moved = Appointment.model_validate(dict(row._mapping))
    tell(tx, moved, account_id=old.account_id, by=by, now=now)
    return moved


def tell(tx: Transaction, appointment: Appointment, *, account_id: int | None, by: Actor | None, now: datetime) -> None:
    """Announce where an appointment stands to all who watch it, and record who brought it there."""
    doctor = f"doctor:{appointment.doctor_id}"
    topics = [doctor, f"{doctor}:{appointment.day}", f"patient:{appointment.patient_id}"]
    if account_id is not None:
        topics.append(f"account:{account_id}")
    kind = EVENTS[appointment.status]
    data = {
        "appointment_id": str(appointment.id),
        "doctor_id": appointment.doctor_id,
        "day": appointment.day.isoformat(),
        "version": appointment.version,
    }
    tx.announce(Event(kind=kind, topics=tuple(topics), data=data, occurred_at=now))
    tx.record(
        AuditEntry(
            occurred_at=now,
            actor_id=by.user_id if by else None,
            actor_role=by.role if by else "system",
            action=kind,
            object_type="appointment",
            object_id=str(appointment.id),
            patient_id=appointment.patient_id,
            address=by.address if by else None,
            details={"version": appointment.version},
        )
    )
