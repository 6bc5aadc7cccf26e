"""Appointments as they are told to those who may see them: one, a page of them, and what became of one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, false, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.errors import NotAllowed, NotFound, Stale
from core.tables import table
from models import Appointment, Patient, User
from models.appointment import Status
from models.user import Role
from services import inputs, time_history, visit_reasons
from services.moves import appointment_of
from services.people import PHONES, Person, phone_of
from services.permissions import Actor, can
from services.time_history import Step
from services.trail import read


@dataclass(frozen=True, kw_only=True)
class Booking:
    """An appointment; for who acts for a clinic, with whom it is for: a patient knows that of his own family."""

    appointment: Appointment
    person: Person | None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Which:
    """Which appointments are asked for; `since` is the first time that counts, `until` the first that no longer does.

    Holds that ended are not told of unless by their status.
    """

    doctor_id: int | None = None
    patient_id: int | None = None
    status: Status | None = None
    since: datetime | None = None
    until: datetime | None = None


async def bookings(
    which: Which, *, by: Actor, now: datetime, limit: int, after: tuple[datetime, UUID] | None = None
) -> list[Booking]:
    """Those that `by` may see, in order of time and id, `after` that one; the read is recorded."""
    query = _rows().where(_of(by), *_asked_for(which))
    if after is not None:
        query = query.where(tuple_(col(Appointment.starts_at), col(Appointment.id)) > after)
    query = query.order_by(col(Appointment.starts_at), col(Appointment.id)).limit(limit)
    async with db.transaction() as tx:
        found = [_booking(row, by) for row in await tx.execute(query)]
        if found:
            patients = {each.appointment.patient_id for each in found}
            tx.record(read(by, "AppointmentsRead", ("appointments", "-"), now=now, patient_ids=patients))
    return found


async def booking(appointment_id: UUID, *, by: Actor, now: datetime) -> Booking:
    """One, with its reason; the read is recorded. Raises NotFound, also for what he may not see."""
    async with db.transaction() as tx:
        found = await _seen(tx.connection, appointment_id, by)
        tx.record(_read(by, found.appointment, now))
        reason = await visit_reasons.of(tx.connection, appointment_id)
    return Booking(appointment=found.appointment, person=found.person, reason=reason)


async def history(appointment_id: UUID, *, by: Actor, now: datetime, limit: int, passed: int = 0) -> list[Step]:
    """What happened to one, oldest first, behind so many; the read is recorded. Raises NotFound, as `booking`."""
    async with db.transaction() as tx:
        found = await _seen(tx.connection, appointment_id, by)
        tx.record(_read(by, found.appointment, now))
        return await time_history.page(tx.connection, found.appointment, limit=limit, passed=passed)


async def told(
    connection: AsyncConnection, appointment: Appointment, by: Actor, person: Person | None = None
) -> Booking:
    """What has just been changed, as `by` is told of it: the change itself is what is recorded.

    `person` is whom it is for, where that has been read already.
    """
    if by.role == Role.PATIENT:
        return Booking(appointment=appointment, person=None)
    if person is not None:
        return Booking(appointment=appointment, person=person)
    query = select(col(Patient.id).label("patient_id"), col(Patient.name), *PHONES)
    query = query.outerjoin(User, col(User.id) == col(Patient.account_id))
    row = (await connection.execute(query.where(col(Patient.id) == appointment.patient_id))).one()
    return Booking(appointment=appointment, person=Person(name=row.name, phone=phone_of(row)))


@asynccontextmanager
async def as_it_stands(appointment_id: UUID, by: Actor) -> AsyncIterator[None]:
    """Around a change: Stale leaves it with the `appointment` as it stands, for one who may see that.

    For one who may not, NotAllowed becomes NotFound: another's is as unknown to him as one that never was.
    """
    try:
        yield
    except (NotAllowed, Stale) as refusal:
        try:
            async with db.snapshot() as connection:
                found = await _seen(connection, appointment_id, by)
        except NotFound as unknown:
            raise (unknown if isinstance(refusal, NotAllowed) else refusal) from None
        if isinstance(refusal, NotAllowed):
            raise
        raise Stale(**refusal.data | {"appointment": found}) from refusal


def _of(by: Actor) -> ColumnElement[bool]:
    """Whose appointments he may see: what `can(by, "see_appointment", …)` says of one, as a condition."""
    whose: dict[Role, ColumnElement[bool]] = {
        Role.PATIENT: col(Appointment.patient_id).in_(by.patient_ids),
        Role.DOCTOR: col(Appointment.doctor_id) == by.doctor_id,
        Role.RECEPTIONIST: col(Appointment.clinic_id) == by.clinic_id,
        Role.INTEGRATOR: true() if by.clinic_id is None else col(Appointment.clinic_id) == by.clinic_id,
        Role.ADMIN: true(),
    }
    return whose.get(by.role, false())


def _asked_for(which: Which) -> list[ColumnElement[bool]]:
    wanted = [col(Appointment.status) != Status.EXPIRED if which.status is None else _is("status", which.status)]
    wanted += [_is(name, value) for name in ("doctor_id", "patient_id") if (value := getattr(which, name)) is not None]
    if which.since is not None:
        wanted.append(col(Appointment.starts_at) >= which.since)
    if which.until is not None:
        wanted.append(col(Appointment.starts_at) < which.until)
    return wanted


def _is(name: str, value: Any) -> ColumnElement[bool]:
    return col(getattr(Appointment, name)) == value  # type: ignore[no-any-return]


async def _seen(connection: AsyncConnection, appointment_id: UUID, by: Actor) -> Booking:
    wanted = col(Appointment.id) == inputs.number(appointment_id, "appointment_id")
    row = (await connection.execute(_rows().where(wanted))).first()
    if row is None or not can(by, "see_appointment", row):
        raise NotFound(appointment_id=str(appointment_id))
    return _booking(row, by)


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(table(Appointment), col(Patient.name), *PHONES)
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .outerjoin(User, col(User.id) == col(Patient.account_id))
    )


def _booking(row: Row[Any], by: Actor) -> Booking:
    person = None if by.role == Role.PATIENT else Person(name=row.name, phone=phone_of(row))
    names = Appointment.model_fields
    columns = {name: value for name, value in row._mapping.items() if name in names}
    return Booking(appointment=appointment_of(columns), person=person)


def _read(by: Actor, appointment: Appointment, now: datetime) -> Any:
    what = "appointment", str(appointment.id)
    return read(by, "AppointmentRead", what, now=now, patient_id=appointment.patient_id)
