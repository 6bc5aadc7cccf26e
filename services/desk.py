"""Some days of a whole clinic side by side, as the front desk sees them: a column for each doctor and day.

Read by a few statements for all columns; of the columns only those are read whose doctor's day has changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core import db
from core.errors import Invalid, NotFound
from services import inputs
from services.clinic_board import WHO
from services.desk_columns import Column, columns
from services.permissions import Actor, can, require
from services.therapy.places import PLACES, Place
from services.trail import read
from services.walls import bounds, local_day

ONE_DAY = timedelta(days=1)

SPANS = (1, 3, 7)
"""How many days may stand side by side."""

CLINICS = text(f"""
    SELECT c.id, c.name, c.time_zone AS zone FROM clinics c
    WHERE (:clinic = 0 OR c.id = :clinic) AND (:doctor = 0 OR :doctor IN ({WHO})) ORDER BY c.name, c.id
""")  # noqa: S608  (the words are ours)

SITTING = text(f"""
    SELECT d.id, d.name FROM clinics c JOIN doctors d ON d.id IN ({WHO}) WHERE c.id = :clinic ORDER BY d.name, d.id
""")  # noqa: S608  (the words are ours)

DOCTORS = text(f"""
    WITH places AS MATERIALIZED (
        SELECT json_agg(json_build_array(kind, id, name) ORDER BY kind, name, id) AS list FROM ({PLACES}) each
    ), sitting AS MATERIALIZED (
        SELECT d.id, d.name, d.schedule_version, n.day, n.version, n.delay_minutes
        FROM clinics c JOIN doctors d ON d.id IN ({WHO})
        LEFT JOIN doctor_days n ON n.doctor_id = d.id AND n.day BETWEEN :first AND :last
        WHERE c.id = :clinic AND :doctor IN (0, d.id)
    )
    SELECT c.name AS clinic, c.time_zone, c.queue_grace_minutes, places.list AS places, sitting.*
    FROM clinics c CROSS JOIN places LEFT JOIN sitting ON true WHERE c.id = :clinic ORDER BY sitting.name, sitting.id
""")  # noqa: S608  (the words are ours)
"""With the clinic and its places: a row at least, unless there is no such clinic."""

VERSIONS = text(f"""
    SELECT (
        SELECT coalesce(sum(d.schedule_version + coalesce((
            SELECT sum(n.version) FROM doctor_days n
            WHERE n.doctor_id = d.id AND n.day BETWEEN asked.first AND asked.first + asked.days - 1
        ), 0)), 0)
        FROM clinics c JOIN doctors d ON d.id IN ({WHO}) WHERE c.id = asked.clinic AND asked.doctor IN (0, d.id)
    ) AS version
    FROM unnest(CAST(:clinics AS int[]), CAST(:firsts AS date[]), CAST(:days AS int[]), CAST(:doctors AS int[]))
        WITH ORDINALITY AS asked (clinic, first, days, doctor, number)
    ORDER BY asked.number
""")  # noqa: S608  (the words are ours)


@dataclass(frozen=True)
class Part:
    """Which days of a clinic; `doctor_id` 0: of all its doctors. Written `3:2026-12-01:1:0` in a room's name."""

    clinic_id: int
    first: date
    days: int = 1
    doctor_id: int = 0

    def __str__(self) -> str:
        """As a room's name has it."""
        return f"{self.clinic_id}:{self.first}:{self.days}:{self.doctor_id}"

    @classmethod
    def parse(cls, args: Sequence[str]) -> "Part":
        """The part that a room's arguments say."""
        clinic_id, first, days, doctor_id = args
        return cls(int(clinic_id), date.fromisoformat(first), int(days), int(doctor_id))

    @property
    def last(self) -> date:
        """The last of the days."""
        return self.first + (self.days - 1) * ONE_DAY


@dataclass(frozen=True)
class Whose:
    """A clinic, or one doctor's part of it, as `can` asks about it."""

    doctor_id: int | None
    clinic_id: int


@dataclass(frozen=True)
class Clinic:
    """A clinic whose days one may see, and its wall clock."""

    id: int
    name: str
    zone: str


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The columns by day and doctor's name; `version` is the sum of those that its parts have."""

    part: Part
    clinic: str
    zone: str
    today: date
    grace: timedelta
    version: int
    valid_until: datetime
    columns: tuple[Column, ...]
    places: tuple[Place, ...]


async def clinics(*, by: Actor) -> list[Clinic]:
    """Those whose days he may see, or his own part of them, by name."""
    async with db.snapshot() as connection:
        rows = await connection.execute(CLINICS, {"clinic": by.clinic_id or 0, "doctor": by.doctor_id or 0})
        known = [Clinic(**row._mapping) for row in rows]
    return [each for each in known if can(by, "see_day", Whose(by.doctor_id, each.id))]


async def doctors_of(clinic_id: int) -> list[tuple[int, str]]:
    """Id and name of whoever may sit there, by name; who may see them is decided where their days are opened."""
    async with db.snapshot() as connection:
        rows = await connection.execute(SITTING, {"clinic": clinic_id})
        return [(row.id, row.name) for row in rows]


async def open_desk(part: Part, *, by: Actor, now: datetime) -> Desk:
    """The days for one who may see them; that he opened them is recorded. Raises NotFound, NotAllowed, Invalid."""
    require(by, "see_day", Whose(part.doctor_id or None, part.clinic_id))
    opened = await desk(part, now)
    patients = {placed.patient_id for column in opened.columns for placed in column.placed}
    async with db.transaction() as tx:
        tx.record(read(by, "DeskRead", ("clinic_days", str(part)), now=now, patient_ids=patients))
    return opened


async def desk(part: Part, now: datetime) -> Desk:
    """The days as they stand; for the pusher: its rooms were entered through `open_desk`. Raises NotFound, Invalid."""
    if part.days not in SPANS or not inputs.FIRST.date() < part.first - ONE_DAY <= part.last < inputs.LAST.date():
        raise Invalid(field="day")
    async with db.snapshot() as connection:
        values = {"clinic": part.clinic_id, "first": part.first, "last": part.last, "doctor": part.doctor_id}
        known = (await connection.execute(DOCTORS, values)).all()
        if not known:
            raise NotFound(clinic_id=part.clinic_id)
        clinic, rows = known[0], [row for row in known if row.id is not None]
        found = await columns(connection, part.clinic_id, part.first, part.last, rows, now)
    today = local_day(now, clinic.time_zone)
    lapsing = [column.valid_until for column in found if column.valid_until is not None]
    return Desk(
        part=part,
        clinic=clinic.clinic,
        zone=clinic.time_zone,
        today=today,
        grace=timedelta(minutes=clinic.queue_grace_minutes),
        version=sum({row.id: row.schedule_version for row in rows}.values()) + sum(row.version or 0 for row in rows),
        valid_until=min([bounds(today, clinic.time_zone)[1], *lapsing]),
        columns=tuple(column for column in found if column.hours or column.placed or part.doctor_id),
        places=tuple(Place(*each) for each in clinic.places or ()),
    )


async def versions(connection: AsyncConnection, parts: Sequence[Part]) -> list[int]:
    """The versions of those days of clinics, in their order."""
    values = {
        "clinics": [part.clinic_id for part in parts],
        "firsts": [part.first for part in parts],
        "days": [part.days for part in parts],
        "doctors": [part.doctor_id for part in parts],
    }
    return [int(row.version) for row in await connection.execute(VERSIONS, values)]
