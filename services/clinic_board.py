"""What hangs in a clinic's waiting room: for each doctor who sits there today, whose turn it is and who comes next.

Tokens, doctors and rooms; of the patients nothing else.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core import db
from core.errors import NotFound
from services import inputs, schedules
from services.days import board_within
from services.gaps import todays_rooms
from services.queue_rule import in_order
from services.slots import Schedule
from services.walls import bounds, local_day

ROOMY = 10**8
"""More than the versions of a clinic's day add up to: a later day's version is higher whatever happens on it."""

KEPT = 2000
"""Doctors' days that a process keeps as it last read them."""

CLINIC = text("SELECT id, slug, name, time_zone FROM clinics WHERE id = :id")
BY_SLUG = text("SELECT id, slug, name, time_zone FROM clinics WHERE slug = :slug")

WHO = """
    SELECT d.id FROM doctors d WHERE d.is_active AND (d.clinic_id = c.id
        OR EXISTS (SELECT FROM weekly_hours w WHERE w.doctor_id = d.id AND w.clinic_id = c.id)
        OR EXISTS (SELECT FROM hour_overrides o WHERE o.doctor_id = d.id AND o.clinic_id = c.id))
"""
"""Whoever may sit at the clinic `c` at all."""

DOCTORS = text(f"""
    SELECT d.id, d.name, coalesce(n.version, 0) AS version, coalesce(n.delay_minutes, 0) AS delay_minutes,
        EXISTS (SELECT FROM appointments a WHERE a.clinic_id = c.id AND a.doctor_id = d.id
            AND a.starts_at >= :begins AND a.starts_at < :ends AND a.day = :day
            AND a.status IN ('booked', 'checked_in', 'in_consultation')) AS is_expected
    FROM clinics c JOIN doctors d ON d.id IN ({WHO}) LEFT JOIN doctor_days n ON n.doctor_id = d.id AND n.day = :day
    WHERE c.id = :clinic ORDER BY d.name, d.id
""")  # noqa: S608  (the words are ours)

VERSIONS = text(f"""
    SELECT c.id, coalesce(sum(n.version), 0) AS total FROM clinics c
    LEFT JOIN doctor_days n ON n.doctor_id IN ({WHO}) AND n.day = CAST(:now AT TIME ZONE c.time_zone AS date)
    WHERE c.id = ANY(:ids) GROUP BY c.id
""")  # noqa: S608  (the words are ours)

ZONES = text("SELECT id, time_zone FROM clinics WHERE id = ANY(:ids)")

PLACE = text("""
    SELECT r.name FROM appointments a JOIN rooms r ON r.id = a.room_id
    WHERE a.doctor_id = :doctor AND a.day = :day AND a.starts_at >= :begins AND a.starts_at < :ends
        AND a.status = 'in_consultation' LIMIT 1
""")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One doctor: the token inside, those who wait in their order, and when he begins, where he does not sit now."""

    doctor_id: int
    doctor: str
    room: str
    inside: int | None
    waiting: tuple[int, ...]
    to_come: int
    delay: timedelta
    opens_at: datetime | None = None
    is_over: bool = False

    @property
    def is_on(self) -> bool:
        """Whether he sees people now."""
        return self.opens_at is None and not self.is_over


@dataclass(frozen=True, kw_only=True)
class ClinicBoard:
    """A clinic's present day. `version` grows with each change of a doctor's day, and with the date."""

    clinic_id: int
    clinic: str
    zone: str
    day: date
    version: int
    valid_until: datetime
    desks: tuple[Desk, ...]


@dataclass(frozen=True)
class Place:
    """A clinic as its board's address names it."""

    id: int
    slug: str
    name: str
    time_zone: str


_kept: OrderedDict[tuple[int, int, date], tuple[int, Desk]] = OrderedDict()


async def place(slug: str) -> Place:
    """The clinic of that slug. Raises NotFound."""
    async with db.snapshot() as connection:
        row = (await connection.execute(BY_SLUG, {"slug": inputs.plain(slug)})).first()
    if row is None:
        raise NotFound(clinic=slug)
    return Place(**row._mapping)


async def clinic_board(clinic_id: int, now: datetime) -> ClinicBoard:
    """The board as it stands; of the doctors only those are read whose day has changed. Raises NotFound."""
    async with db.snapshot() as connection:
        clinic = (await connection.execute(CLINIC, {"id": clinic_id})).first()
        if clinic is None:
            raise NotFound(clinic_id=clinic_id)
        day = local_day(now, clinic.time_zone)
        begins, ends = bounds(day, clinic.time_zone)
        values = {"clinic": clinic_id, "day": day, "begins": begins - timedelta(days=1), "ends": ends}
        doctors = (await connection.execute(DOCTORS, values)).all()
        books = await schedules.rules(connection, [row.id for row in doctors])
        desks = []
        for row in doctors:
            hours = _hours(books[row.id], day, clinic_id) if row.id in books else []
            if hours or row.is_expected:
                desk = replace(await _desk(connection, clinic_id, row, day), doctor=row.name)
                desks.append(_at(desk, hours, now))
    return ClinicBoard(
        clinic_id=clinic_id,
        clinic=clinic.name,
        zone=clinic.time_zone,
        day=day,
        version=_version(day, sum(row.version for row in doctors)),
        # Each minute: the clock on the wall goes on, and a board that hears nothing knows that it is cut off.
        valid_until=min(ends, now.replace(second=0, microsecond=0) + timedelta(minutes=1)),
        desks=tuple(desks),
    )


async def versions(connection: AsyncConnection, clinic_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """The version of each clinic's board at this moment."""
    ids = list(clinic_ids)
    zones = {row.id: row.time_zone for row in await connection.execute(ZONES, {"ids": ids})}
    totals = await connection.execute(VERSIONS, {"ids": ids, "now": now})
    return {row.id: _version(local_day(now, zones[row.id]), int(row.total)) for row in totals}


def forget() -> None:
    """Drop what the process keeps; for tests, which change databases under it."""
    _kept.clear()


def _version(day: date, total: int) -> int:
    return day.toordinal() * ROOMY + total


async def _desk(connection: AsyncConnection, clinic_id: int, row: Any, day: date) -> Desk:
    key = clinic_id, row.id, day
    if (known := _kept.get(key)) is not None and known[0] == row.version:
        _kept.move_to_end(key)
        return known[1]
    whole = await board_within(connection, row.id, day)
    here = [booking for booking in whole.bookings if booking.clinic_id == clinic_id]
    inside = [booking.token for booking in here if booking.status == "in_consultation"]
    begins, ends = bounds(day, whole.zone)
    values = {"doctor": row.id, "day": day, "begins": begins, "ends": ends}
    found = Desk(
        doctor_id=row.id,
        doctor=row.name,
        room=(await connection.scalar(PLACE, values) or "") if inside else "",
        inside=inside[0] if inside else None,
        waiting=tuple(booking.token for booking in in_order(here, whole.rule) if booking.token is not None),
        to_come=sum(booking.status == "booked" for booking in here),
        delay=whole.delay,
    )
    _kept[key] = row.version, found
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return found


def _hours(book: Schedule, day: date, clinic_id: int) -> list[tuple[datetime, datetime]]:
    """The stretches of the day in which he sees people there, but for those that leave takes whole."""
    rooms = todays_rooms(book, day, {clinic_id})
    return [
        (room.opens, room.closes)
        for room in rooms
        if not any(span.starts_at <= room.opens and span.ends_at >= room.closes for span in room.away)
    ]


def _at(desk: Desk, hours: Sequence[tuple[datetime, datetime]], now: datetime) -> Desk:
    """The same, with what the clock says of it."""
    if desk.inside is not None or desk.waiting or any(opens <= now < closes for opens, closes in hours):
        return desk
    ahead = [opens for opens, _ in hours if opens > now]
    return replace(desk, opens_at=min(ahead, default=None), is_over=not ahead and not desk.to_come)
