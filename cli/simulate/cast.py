"""Who plays: the demo's doctors of one clinic, with hours for the rest of today, and a book that is well filled."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from uuid import UUID

from sqlalchemy import text

from cli.demo.cast import CLINIC_ID
from cli.simulate.model import Booked
from core import db
from core.errors import DomainError, StartFailed
from models.doctor import Mode
from models.user import Role
from models.visit import VisitType
from services import appointments, days, schedules
from services.permissions import Actor
from services.placing import Wish
from services.slots import SlotStatus
from services.walls import bounds, local_day

LEAST = timedelta(minutes=45)
"""With less left of his hours a doctor gets hours until midnight; with less left of the day nobody plays."""

SHARE = 0.85
MINUTE = timedelta(minutes=1)

DOCTORS = text("""
    SELECT d.id, d.name, d.user_id FROM doctors d
    WHERE d.clinic_id = :clinic AND d.is_active ORDER BY d.id LIMIT :doctors
""")
DESK = text("SELECT id, name FROM users WHERE role = 'receptionist' AND clinic_id = :clinic AND is_demo ORDER BY id")
PATIENTS = text("""
    SELECT p.id FROM patients p WHERE NOT EXISTS
        (SELECT FROM appointments a WHERE a.patient_id = p.id AND a.day BETWEEN :day - 1 AND :day + 1)
    ORDER BY md5(p.id::text || :seed) LIMIT 400
""")
HOURS = text("""
    INSERT INTO hour_overrides (doctor_id, clinic_id, day, opens, closes, modes)
    SELECT id, clinic_id, :day, :opens, '24:00', modes FROM doctors WHERE id = :doctor
""")


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """One who plays, with his desk; `hours` and the book in minutes of the wall clock."""

    id: int
    name: str
    zone: str
    treats: Actor
    desk: Actor
    hours: tuple[tuple[int, int], ...]
    booked: tuple[tuple[Booked, UUID], ...]


async def patients(now: datetime, zone: str, seed: int) -> list[int]:
    """Those of the demo who have nothing else on these days."""
    async with db.snapshot() as connection:
        rows = await connection.execute(PATIENTS, {"day": local_day(now, zone), "seed": str(seed)})
        return [row.id for row in rows]


async def chosen(number: int, now: datetime, seed: int) -> tuple[list[Doctor], list[int]]:
    """So many doctors of the demo's first clinic, ready to begin, and who may walk in. Raises StartFailed."""
    async with db.snapshot() as connection:
        rows = (await connection.execute(DOCTORS, {"clinic": CLINIC_ID, "doctors": number})).all()
        desk = (await connection.execute(DESK, {"clinic": CLINIC_ID})).first()
        if not rows or desk is None:
            raise StartFailed("This is not the demo's database; `aarogya simulate` plays with nobody else's patients.")
    at_desk = Actor(user_id=desk.id, role=Role.RECEPTIONIST, name=desk.name, clinic_id=CLINIC_ID)
    zone = (await days.doctor_ref(rows[0].id)).zone
    people = await patients(now, zone, seed)
    found = []
    for row in rows:
        treats = Actor(user_id=row.user_id or desk.id, role=Role.DOCTOR, name=row.name, doctor_id=row.id)
        found.append(await ready(row.id, row.name, treats, at_desk, people, now, Random(seed + row.id)))
    return found, people


async def ready(
    doctor_id: int, name: str, treats: Actor, desk: Actor, people: list[int], now: datetime, chance: Random
) -> Doctor:
    """One doctor with hours and a book. Raises StartFailed: his day is all but over."""
    zone = (await days.doctor_ref(doctor_id)).zone
    day = local_day(now, zone)
    midnight = bounds(day, zone)[1]
    if midnight - now < LEAST:
        raise StartFailed("The clinic's day is over in a few minutes; start the simulation again after midnight there.")
    sits = await _sits(doctor_id, now)
    if sum((closes - opens for opens, closes in sits), timedelta()) < LEAST:
        opens = _minutes(now, day, zone) // 15 * 15
        async with db.transaction() as tx:
            values = {"doctor": doctor_id, "day": day, "opens": f"{opens // 60:02}:{opens % 60:02}"}
            await tx.execute(HOURS, values)
        sits = await _sits(doctor_id, now)
    await _fill(doctor_id, desk, people, now, chance)
    board = await days.board(doctor_id, day)
    booked = [
        (
            Booked(
                time=_minutes(each.starts_at, day, zone),
                slot=int((each.ends_at - each.starts_at) / MINUTE),
                visit_type=each.visit_type,
            ),
            each.id,
        )
        for each in board.bookings
        if each.status == "booked" and each.starts_at > now - LEAST
    ]
    return Doctor(
        id=doctor_id,
        name=name,
        zone=zone,
        treats=treats,
        desk=desk,
        hours=tuple((_minutes(opens, day, zone), _minutes(closes, day, zone)) for opens, closes in sits),
        booked=tuple(booked),
    )


async def _sits(doctor_id: int, now: datetime) -> list[tuple[datetime, datetime]]:
    async with db.snapshot() as connection:
        book = (await schedules.rules(connection, [doctor_id]))[doctor_id]
    return [(max(opens, now), closes) for opens, closes in book.sits(book.today(now)) if closes > now]


async def _fill(doctor_id: int, desk: Actor, people: list[int], now: datetime, chance: Random) -> None:
    """Book most of what is still open today."""
    async with db.snapshot() as connection:
        today = await schedules.day_of(connection, doctor_id, now)
        book = await schedules.schedule(connection, doctor_id, today, today)
    cursor = now
    while True:
        kind = VisitType.FIRST_VISIT if chance.random() < 1 / 3 else VisitType.FOLLOW_UP
        ahead = (s for s in book.slots(today, now, kind) if s.starts_at >= cursor and s.why in {"open", "notice"})
        slot = next(islice(ahead, 1), None)
        if slot is None or not people:
            return
        cursor = slot.ends_at
        if chance.random() > SHARE or slot.status not in {SlotStatus.OPEN, SlotStatus.BLOCKED}:
            continue
        mode = Mode.IN_PERSON if Mode.IN_PERSON in slot.modes else Mode(slot.modes[0])
        wish = Wish(patient_id=people.pop(), doctor_id=doctor_id, starts_at=slot.starts_at, mode=mode, visit=kind)
        try:
            await appointments.book_at(wish, by=desk, now=now)
        except DomainError:
            # Somebody else was quicker, as in any clinic.
            continue


def _minutes(moment: datetime, day: date, zone: str) -> int:
    return int((moment - bounds(day, zone)[0]) / MINUTE)
