"""A clinic's waitlists as its staff watch them: what is on offer, who waits in which order, why one was passed over."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from models import Clinic, Doctor
from models.waitlist import Waiting
from services.absence.whose import Calendar
from services.permissions import Actor, require
from services.trail import read
from services.waiting.waiters import Waiter, waiters

LAST = 3
"""How many of the times at which one was passed over are shown."""

VERSIONS = text("""
    SELECT coalesce(sum(w.version), 0) + count(w.id) AS version
    FROM unnest(CAST(:clinics AS int[]), CAST(:doctors AS int[])) WITH ORDINALITY AS asked (clinic, doctor, number)
    LEFT JOIN doctors d ON d.clinic_id = asked.clinic AND asked.doctor IN (0, d.id)
    LEFT JOIN waitlist_entries w ON w.doctor_id = d.id
    GROUP BY asked.number ORDER BY asked.number
""")

SKIPS = text("""
    SELECT entry_id, starts_at, reason FROM (
        SELECT entry_id, starts_at, reason, id, row_number() OVER (PARTITION BY entry_id ORDER BY id DESC) AS number
        FROM waitlist_offers WHERE outcome = 'skipped' AND entry_id = ANY(:entries)) last
    WHERE number <= :last ORDER BY entry_id, id DESC
""")


@dataclass(frozen=True)
class Part:
    """A clinic's lists, or with `doctor_id` one doctor's; written `3:0` or `3:17` in a room's name."""

    clinic_id: int
    doctor_id: int = 0

    def __str__(self) -> str:
        """As a room's name has it."""
        return f"{self.clinic_id}:{self.doctor_id}"

    @classmethod
    def parse(cls, args: Sequence[str]) -> "Part":
        """The part that a room's arguments say."""
        clinic_id, doctor_id = args
        return cls(int(clinic_id), int(doctor_id))

    @property
    def calendar(self) -> Calendar:
        """As `can` asks about it."""
        return Calendar(doctor_id=self.doctor_id or None, clinic_id=self.clinic_id)


@dataclass(frozen=True, kw_only=True)
class Skip:
    """A time for which one was passed over, and why: a `Misfit`."""

    starts_at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One who waits, and when he was passed over lately."""

    waiter: Waiter
    skips: tuple[Skip, ...]


@dataclass(frozen=True, kw_only=True)
class Lists:
    """The lists by doctor and place. `version` grows with each change of a place."""

    part: Part
    version: int
    lines: tuple[Line, ...]
    valid_until: datetime | None = None

    @property
    def offered(self) -> list[Line]:
        """Those who are being offered a time, by when they must have answered."""
        found = [each for each in self.lines if each.waiter.status == Waiting.OFFERED and each.waiter.answer_by]
        return sorted(found, key=lambda each: (each.waiter.answer_by, each.waiter.position))


async def open_lists(part: Part, *, by: Actor, now: datetime) -> Lists:
    """For one who may run them; the reading is recorded. Raises NotAllowed."""
    require(by, "see_day", part.calendar)
    found = await lists(part)
    patients = {each.waiter.patient_id for each in found.lines}
    async with db.transaction() as tx:
        tx.record(read(by, "WaitlistRead", ("clinic_waitlist", str(part)), now=now, patient_ids=patients))
    return found


async def lists(part: Part) -> Lists:
    """As they stand; for the pusher: its rooms are entered through `open_lists`."""
    async with db.snapshot() as connection:
        (version,) = await versions(connection, [part])
        here = col(Doctor.id) == part.doctor_id if part.doctor_id else col(Clinic.id) == part.clinic_id
        found = await waiters(connection, here, col(Doctor.clinic_id) == part.clinic_id)
        entries = [each.entry_id for each in found]
        skips: dict[UUID, list[Skip]] = defaultdict(list)
        for row in await connection.execute(SKIPS, {"entries": entries, "last": LAST}):
            skips[row.entry_id].append(Skip(starts_at=row.starts_at, reason=row.reason))
    lines = [Line(waiter=each, skips=tuple(skips[each.entry_id])) for each in found]
    return Lists(part=part, version=version, lines=tuple(sorted(lines, key=_by_doctor)))


async def versions(connection: AsyncConnection, parts: Sequence[Part]) -> list[int]:
    """The versions of those lists, in their order."""
    values = {"clinics": [part.clinic_id for part in parts], "doctors": [part.doctor_id for part in parts]}
    return [int(row.version) for row in await connection.execute(VERSIONS, values)]


def _by_doctor(line: Line) -> tuple[str, int, int]:
    return line.waiter.doctor, line.waiter.doctor_id, line.waiter.position
