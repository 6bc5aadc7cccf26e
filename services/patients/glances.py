"""A patient's visits at a glance: the last, the next, and today's."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.crypto import unseal
from models.appointment import Status
from models.user import Role
from services.charts import NEVER_WAS
from services.people import phone_of
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


SHOWN = tuple(field.name for field in fields(Glance))

# A row for each visit that is shown, and one for whoever has none: the desk waits for the answer while it types.
PEOPLE = text("""
    SELECT p.id AS patient_id, p.name, p.born_on, p.language, p.phone_sealed, p.account_id,
        u.phone_sealed AS account_phone_sealed, o.id AS merged_id, o.phone_sealed AS merged_phone_sealed,
        a.id, a.starts_at, a.day, a.status, a.token, a.mode, a.version, a.doctor_id,
        a.doctor, a.clinic, a.zone
    FROM patients p LEFT JOIN users u ON u.id = p.account_id
    LEFT JOIN LATERAL (
        SELECT id, phone_sealed FROM patients WHERE merged_into = p.id AND phone_sealed IS NOT NULL
        ORDER BY id DESC LIMIT 1) o ON true
    LEFT JOIN LATERAL (
        SELECT v.*, d.name AS doctor, c.name AS clinic, c.time_zone AS zone
        FROM appointments v JOIN doctors d ON d.id = v.doctor_id JOIN clinics c ON c.id = v.clinic_id
        WHERE v.patient_id = p.id AND NOT v.status = ANY(:gone)
            AND (CAST(:clinic AS int) IS NULL OR v.clinic_id = :clinic)) a ON true
    WHERE p.id = ANY(:patients) ORDER BY a.starts_at
""")


async def known(connection: AsyncConnection, patient_ids: Sequence[int], by: Actor) -> list[Known]:
    """Those people, in that order, as far as `by` may see them: a clinic's staff the visits at its clinic."""
    clinic_id = None if by.role == Role.ADMIN else by.clinic_id or 0
    values = {"patients": list(patient_ids), "gone": list(GONE), "clinic": clinic_id}
    rows: dict[int, Row[Any]] = {}
    visits: dict[int, list[Glance]] = defaultdict(list)
    for row in await connection.execute(PEOPLE, values):
        rows[row.patient_id] = row
        if row.id is not None:
            visits[row.patient_id].append(_glance(row))
    return [_known(rows[each], visits[each]) for each in patient_ids if each in rows]


def _known(row: Row[Any], visits: list[Glance]) -> Known:
    return Known(
        patient_id=row.patient_id,
        name=row.name,
        born_on=row.born_on,
        phone=phone_of(row) or _phone_of_merged(row),
        language=row.language,
        has_account=row.account_id is not None,
        visits=tuple(visits),
    )


def _phone_of_merged(row: Row[Any]) -> str | None:
    """The number that was known of another record of his."""
    if row.merged_phone_sealed is None:
        return None
    return unseal(row.merged_phone_sealed, about=f"patients.phone:{row.merged_id}")


def _glance(row: Row[Any]) -> Glance:
    return Glance(**{name: getattr(row, name) for name in SHOWN} | {"status": Status(row.status)})
