"""A patient's chart: open to himself, to who expects him, and with a reason to who can say why (break glass)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, select
from sqlmodel import col

from core import db
from core.db import Transaction
from core.errors import NotFound
from models import Appointment, Clinic, Doctor, Patient, User
from models.appointment import Status
from models.user import Role
from services import chart_openings, inputs, visit_notes
from services.people import PHONES, phone_of
from services.permissions import Actor, can
from services.trail import read

SHOWN = 200
"""At most this many visits in a chart, the latest."""

NEVER_WAS = (Status.HELD, Status.EXPIRED)
"""A time that was only kept for a while makes nobody known at a clinic."""

NOT_EXPECTED = (*NEVER_WAS, Status.CANCELLED, Status.RESCHEDULED)
"""With such a status nobody is expected today."""


@dataclass(frozen=True, kw_only=True)
class ChartVisit:
    """One visit of a chart; `zone` is the clinic's. `note` is what its doctor wrote, for a doctor who reads."""

    id: UUID
    starts_at: datetime
    status: Status
    mode: str
    doctor: str
    clinic: str
    zone: str
    is_mine: bool = False
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What one may see of a patient, the latest visit first. `until` is when an opening with a reason ends."""

    patient_id: int
    name: str
    born_on: date | None
    phone: str | None
    visits: tuple[ChartVisit, ...]
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class ChartAccess:
    """A chart as `can` asks about it: whose, with whom he is today, and where he is known."""

    patient_id: int
    doctors_today: frozenset[int]
    clinic_ids: frozenset[int]


async def open_chart(by: Actor, patient_id: int, reason: str | None = None, *, now: datetime) -> Chart:
    """The chart; that it was read is recorded. Raises ReasonNeeded; NotFound, also for what is not his to know of."""
    async with db.transaction() as tx:
        patient = (await tx.execute(_patient(inputs.identity(patient_id, "patient")))).first()
        if patient is None:
            raise NotFound
        thing = await _access(tx, patient_id, now)
        until = None
        if not can(by, "see_chart", thing):
            if not can(by, "break_glass", thing):
                raise NotFound
            until = await chart_openings.until(tx, by, patient_id, now=now)
            until = until or await chart_openings.break_glass(tx, by, patient_id, reason, now=now)
        rows = (await tx.execute(_visits(by, patient_id))).all()
        # For one who treats: not for the desk, which sees the same visits.
        notes = await visit_notes.of_patients(tx.connection, [patient_id]) if by.doctor_id is not None else {}
        tx.record(read(by, "ChartRead", ("patient", str(patient_id)), now=now, patient_id=patient_id))
    return Chart(
        patient_id=patient_id,
        name=patient.name,
        born_on=patient.born_on,
        phone=phone_of(patient),
        visits=tuple(_chart_visit(row, by, notes) for row in rows),
        until=until,
    )


def _chart_visit(row: Row[Any], by: Actor, notes: Mapping[UUID, str]) -> ChartVisit:
    values = dict(row._mapping)
    doctor_id = values.pop("doctor_id")
    is_mine = by.doctor_id is not None and by.doctor_id == doctor_id
    return ChartVisit(**values, is_mine=is_mine, note=notes.get(row.id) or None)


async def _access(tx: Transaction, patient_id: int, now: datetime) -> ChartAccess:
    query = (
        select(col(Appointment.doctor_id), col(Appointment.clinic_id), col(Appointment.day), col(Appointment.status))
        .add_columns(col(Clinic.time_zone))
        .join(Clinic, col(Clinic.id) == col(Appointment.clinic_id))
        .where(col(Appointment.patient_id) == patient_id, col(Appointment.status).not_in(NEVER_WAS))
    )
    rows = (await tx.execute(query)).all()
    return ChartAccess(
        patient_id=patient_id,
        doctors_today=frozenset(
            row.doctor_id
            for row in rows
            if row.status not in NOT_EXPECTED and row.day == now.astimezone(ZoneInfo(row.time_zone)).date()
        ),
        clinic_ids=frozenset(row.clinic_id for row in rows),
    )


def _patient(patient_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(col(Patient.id).label("patient_id"), col(Patient.name), col(Patient.born_on), *PHONES)
        .outerjoin(User, col(User.id) == col(Patient.account_id))
        .where(col(Patient.id) == patient_id)
    )


def _visits(by: Actor, patient_id: int) -> Select[*tuple[Any, ...]]:
    """His visits: those of the reader's own clinic, or all for the patient himself and the administrators."""
    which: list[ColumnElement[bool]] = [
        col(Appointment.patient_id) == patient_id,
        col(Appointment.status).not_in(NEVER_WAS),
    ]
    if by.role in {Role.DOCTOR, Role.RECEPTIONIST}:
        which.append(col(Appointment.clinic_id) == by.clinic_id)
    return (
        select(col(Appointment.id), col(Appointment.starts_at), col(Appointment.status), col(Appointment.mode))
        .add_columns(col(Appointment.doctor_id))
        .add_columns(col(Doctor.name).label("doctor"), col(Clinic.name).label("clinic"))
        .add_columns(col(Clinic.time_zone).label("zone"))
        .join(Doctor, col(Doctor.id) == col(Appointment.doctor_id))
        .join(Clinic, col(Clinic.id) == col(Appointment.clinic_id))
        .where(*which)
        .order_by(col(Appointment.starts_at).desc())
        .limit(SHOWN)
    )
