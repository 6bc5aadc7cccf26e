"""A patient's appointments as the live socket shows them: all, those at one clinic, or those with one doctor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from models import Appointment, Patient
from models.appointment import Status
from services.moves import entries, entry

SHOWN = 100
"""At most this many appointments, the latest by their time."""

GONE_FOR = timedelta(hours=1)
"""How long a hold that ran out is still in the view, so that whoever showed it is told."""


@dataclass(frozen=True)
class Part:
    """Which of a patient's appointments; written `42`, `42:clinic:3` or `42:doctor:17` in a room's name."""

    patient_id: int
    clinic_id: int | None = None
    doctor_id: int | None = None

    @classmethod
    def parse(cls, args: Sequence[str]) -> "Part":
        """What a room's arguments name: `42`, `42 clinic 3` or `42 doctor 17`."""
        bounds = {f"{args[1]}_id": int(args[2])} if len(args) > 1 else {}
        return cls(int(args[0]), **bounds)

    @property
    def room(self) -> str:
        """The name of the room that shows it, for `services.views`."""
        whole = f"patient:{self.patient_id}"
        if self.clinic_id is not None:
            return f"{whole}:clinic:{self.clinic_id}"
        return whole if self.doctor_id is None else f"{whole}:doctor:{self.doctor_id}"

    @property
    def condition(self) -> ColumnElement[bool]:
        """Of the appointments' columns."""
        found = col(Appointment.patient_id) == self.patient_id
        if self.clinic_id is not None:
            found &= col(Appointment.clinic_id) == self.clinic_id
        if self.doctor_id is not None:
            found &= col(Appointment.doctor_id) == self.doctor_id
        return found


@dataclass(frozen=True, kw_only=True)
class PatientView:
    """The appointments, the latest first. `version` is the sum of all their versions, and of those that were passed on.

    Each change raises it by one; a merge, by which some come or go, by more.
    """

    part: Part
    version: int
    appointments: tuple[Appointment, ...]
    valid_until: datetime | None = None


async def patient_view(part: Part, now: datetime) -> PatientView:
    """The appointments as they stand."""
    is_gone = (col(Appointment.status) == Status.EXPIRED) & (col(Appointment.updated_at) < now - GONE_FOR)
    query = entries().where(part.condition, ~is_gone).order_by(col(Appointment.starts_at).desc()).limit(SHOWN)
    async with db.snapshot() as connection:
        version = await total(connection, part)
        rows = (await connection.execute(query)).all()
    return PatientView(part=part, version=version, appointments=tuple(entry(row).appointment for row in rows))


async def total(connection: AsyncConnection, part: Part) -> int:
    """The version of the view, which grows with each change and each merge."""
    own = select(func.coalesce(func.sum(col(Appointment.version)), 0)).where(part.condition).scalar_subquery()
    passed = select(col(Patient.passed_on)).where(col(Patient.id) == part.patient_id).scalar_subquery()
    return int((await connection.execute(select(own + func.coalesce(passed, 0)))).scalar_one())


async def versions(connection: AsyncConnection, parts: Sequence[Part]) -> list[int]:
    """The versions of many, in their order."""
    sums: dict[tuple[int, str, int | None], int] = {}
    ids = {part.patient_id for part in parts}
    passed = select(col(Patient.id), col(Patient.passed_on)).where(col(Patient.id).in_(ids))
    passed_on = {row.id: row.passed_on for row in await connection.execute(passed)}
    query = (
        select(
            col(Appointment.patient_id),
            col(Appointment.clinic_id),
            col(Appointment.doctor_id),
            func.sum(col(Appointment.version)).label("total"),
        )
        .where(col(Appointment.patient_id).in_(ids))
        .group_by(col(Appointment.patient_id), col(Appointment.clinic_id), col(Appointment.doctor_id))
    )
    rows: Sequence[Any] = (await connection.execute(query)).all()
    for row in rows:
        whole, clinic = (row.patient_id, "", None), (row.patient_id, "clinic", row.clinic_id)
        for key in (whole, clinic, (row.patient_id, "doctor", row.doctor_id)):
            sums[key] = sums.get(key, 0) + int(row.total)
    return [sums.get(_key(part), 0) + passed_on.get(part.patient_id, 0) for part in parts]


def _key(part: Part) -> tuple[int, str, int | None]:
    if part.clinic_id is not None:
        return part.patient_id, "clinic", part.clinic_id
    if part.doctor_id is not None:
        return part.patient_id, "doctor", part.doctor_id
    return part.patient_id, "", None
