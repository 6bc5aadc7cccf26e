"""A patient's visits at a glance: the last, the next, and today's."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from models import Appointment, Clinic, Doctor, Patient, User
from models.appointment import Status
from models.user import Role
from services.charts import NEVER_WAS
from services.people import PHONES, phone_of
from services.permissions import Actor
from services.walls import local_day

GONE = (*NEVER_WAS, Status.RESCHEDULED)
"""What nobody wants to read of: the appointment that it became stands there too."""

CAME = (Status.CHECKED_IN, Status.IN_CONSULTATION, Status.COMPLETED)
TO_COME = (Status.BOOKED, *CAME[:2])


@dataclass(frozen=True, kw_only=True)
class Glance:
    """One visit; `zone` is the clinic's."""

    id: UUID
    starts_at: datetime
    day: date
    status: Status
    token: int | None
    mode: str
    version: int
    doctor_id: int
    doctor: str
    clinic: str
    zone: str

    def is_today(self, now: datetime) -> bool:
        """By the clinic's wall clock."""
        return self.day == local_day(now, self.zone)


@dataclass(frozen=True, kw_only=True)
class Known:
    """A patient as the staff sees him, his visits at their clinic in order of time; `language` in ISO 639-1."""

    patient_id: int
    name: str
    phone: str | None
    born_on: date | None = None
    language: str | None = None
    has_account: bool = False
    visits: tuple[Glance, ...] = ()

    def today(self, now: datetime) -> Glance | None:
        """The visit of today that is still to be, or under way; else the last that was."""
        those = [visit for visit in self.visits if visit.is_today(now)]
        ahead = [visit for visit in those if visit.status in TO_COME]
        return next(iter(ahead), those[-1] if those else None)

    def last(self, now: datetime) -> Glance | None:
        """The last time that he came before today."""
        came = [v for v in self.visits if v.status in CAME and not v.is_today(now) and v.starts_at < now]
        return came[-1] if came else None

    def next(self, now: datetime) -> Glance | None:
        """The next that is booked, later than today."""
        ahead = (v for v in self.visits if v.status == Status.BOOKED and not v.is_today(now) and v.starts_at > now)
        return next(ahead, None)


async def known(connection: AsyncConnection, patient_ids: Sequence[int], by: Actor) -> list[Known]:
    """Those people, in that order, as far as `by` may see them: a clinic's staff the visits at its clinic."""
    rows = {row.patient_id: row for row in await connection.execute(_people(patient_ids))}
    visits: dict[int, list[Glance]] = defaultdict(list)
    for row in await connection.execute(_visits(patient_ids, by)):
        visits[row.patient_id].append(_glance(row))
    phones = {each: phone_of(row) for each, row in rows.items()}
    phones |= await _phones_of_merged(connection, [each for each, phone in phones.items() if phone is None])
    return [_known(rows[each], phones[each], visits[each]) for each in patient_ids if each in rows]


async def _phones_of_merged(connection: AsyncConnection, patient_ids: Sequence[int]) -> dict[int, str | None]:
    """The number that was known of another record of theirs."""
    if not patient_ids:
        return {}
    query = (
        select(col(Patient.id).label("patient_id"), col(Patient.merged_into), *PHONES)
        .outerjoin(User, col(User.id) == col(Patient.account_id))
        .where(col(Patient.merged_into).in_(patient_ids), col(Patient.phone_sealed).is_not(None))
    )
    return {row.merged_into: phone_of(row) for row in await connection.execute(query)}


def _known(row: Row[Any], phone: str | None, visits: list[Glance]) -> Known:
    return Known(
        patient_id=row.patient_id,
        name=row.name,
        born_on=row.born_on,
        phone=phone,
        language=row.language,
        has_account=row.account_id is not None,
        visits=tuple(visits),
    )


def _glance(row: Row[Any]) -> Glance:
    values = dict(row._mapping)
    del values["patient_id"]
    return Glance(**values | {"status": Status(row.status)})


def _people(patient_ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    return (
        select(col(Patient.id).label("patient_id"), col(Patient.name), col(Patient.born_on), col(Patient.language))
        .add_columns(*PHONES)
        .outerjoin(User, col(User.id) == col(Patient.account_id))
        .where(col(Patient.id).in_(patient_ids))
    )


def _visits(patient_ids: Sequence[int], by: Actor) -> Select[*tuple[Any, ...]]:
    names = "id patient_id starts_at day status token mode version doctor_id".split()  # noqa: SIM905
    seen: list[ColumnElement[bool]] = [
        col(Appointment.patient_id).in_(patient_ids),
        col(Appointment.status).not_in(GONE),
    ]
    if by.role != Role.ADMIN:
        seen.append(col(Appointment.clinic_id) == by.clinic_id)
    return (
        select(*(col(getattr(Appointment, name)) for name in names))
        .add_columns(col(Doctor.name).label("doctor"), col(Clinic.name).label("clinic"))
        .add_columns(col(Clinic.time_zone).label("zone"))
        .join(Doctor, col(Doctor.id) == col(Appointment.doctor_id))
        .join(Clinic, col(Clinic.id) == col(Appointment.clinic_id))
        .where(*seen)
        .order_by(col(Appointment.starts_at))
    )
