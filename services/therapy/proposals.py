"""What a course could look like: read from the book, promised to nobody."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import product
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core import db
from core.errors import Invalid
from models.appointment import ACTIVE, listed
from models.doctor import Mode
from models.visit import VisitType
from services import schedules
from services.permissions import Actor, require
from services.placing import Subject
from services.refusals import NotOpen, PlaceTaken
from services.slots import LONGEST, Schedule, Slot, Why
from services.therapy.course_plan import FEWEST, MOST, Choices, CourseWish, Interval, Layout, Plan, lay
from services.walls import bounds, instant

NEAR = timedelta(hours=2)
"""How far from the time wished a session may be; a day on which that is not enough is passed over."""

BUSY = " UNION ALL ".join(
    f"""
    SELECT '{who}' AS who, {who}_id AS id, starts_at, {until} AS until FROM appointments
    WHERE {who}_id = ANY(:{who}s) AND starts_at > :since AND starts_at < :until
        AND status IN ({listed(ACTIVE)}) AND (status <> 'held' OR held_until > :now)
    """  # noqa: S608  (the names are ours)
    for who, until in (("patient", "ends_at"), ("therapist", "busy_until"), ("room", "busy_until"))
)

PLACES = text("""
    SELECT 'therapist' AS what, id FROM therapists WHERE clinic_id = :clinic_id AND is_active
    UNION ALL SELECT 'room', id FROM rooms WHERE clinic_id = :clinic_id AND is_active
    ORDER BY id
""")


class _Best(NamedTuple):
    layout: Layout
    therapist_id: int
    room_id: int


async def propose(wish: CourseWish, *, by: Actor, now: datetime) -> Plan:
    """The course as it would fit this moment: in the doctor's hours, everybody free, one therapist and one room.

    Raises NotAllowed, NotFound, Invalid, NotOpen where there are not enough days before the doctor's horizon,
    PlaceTaken where no therapist and room can do it all.
    """
    if not FEWEST <= wish.sessions <= MOST:
        raise Invalid(field="sessions")
    async with db.snapshot() as connection:
        first = wish.pattern.first_day
        last = (await schedules.schedule(connection, wish.doctor_id, first, first)).last_day(now)
        book = await schedules.schedule(connection, wish.doctor_id, first, max(first, last))
        require(by, "book", Subject(wish.patient_id, wish.doctor_id, book.clinic_id))
        therapists, rooms = await _places(connection, wish, book.clinic_id)
        busy = await _busy(connection, wish, book, therapists, rooms, last, now)
    patient = busy.get(("patient", wish.patient_id), [])
    choices = list(_choices(book, wish, patient, last, now, by_staff=by.is_staff))
    if sum(bool(choice.slots) for choice in choices) < wish.sessions:
        raise NotOpen(why=Why.HORIZON, last_day=last)
    best = min(
        (
            _Best(lay(choices, wish.sessions, busy.get(("therapist", t), []) + busy.get(("room", r), [])), t, r)
            for t, r in product(therapists, rooms)
        ),
        key=lambda found: (found.layout.rank(), found.therapist_id, found.room_id),
    )
    if len(best.layout.slots) < wish.sessions:
        raise PlaceTaken(what="room" if wish.room_id else "therapist", sessions=len(best.layout.slots), last_day=last)
    return Plan(
        patient_id=wish.patient_id,
        doctor_id=wish.doctor_id,
        therapist_id=best.therapist_id,
        room_id=best.room_id,
        pattern=wish.pattern,
        starts_at=tuple(slot.starts_at for slot in best.layout.slots),
        passed_over=best.layout.passed_over,
    )


def _choices(
    book: Schedule, wish: CourseWish, patient: Sequence[Interval], last: date, now: datetime, *, by_staff: bool
) -> Iterator[Choices]:
    """Each day of the pattern with the times that doctor and patient have."""
    good = {Why.OPEN, Why.NOTICE} if by_staff else {Why.OPEN}

    def is_good(slot: Slot) -> bool:
        return (
            slot.why in good
            and Mode.IN_PERSON in slot.modes
            and slot.clinic_id == book.clinic_id
            and not any(start < slot.ends_at and until > slot.starts_at for start, until in patient)
        )

    for day in wish.pattern.days():
        if day > last:
            return
        wished = instant(day, wish.at, book.zone)
        near = [s for s in book.slots(day, now, VisitType.PANCHAKARMA) if abs(s.starts_at - wished) <= NEAR]
        found = sorted(filter(is_good, near), key=lambda s: (abs(s.starts_at - wished), s.starts_at))
        yield Choices(day, wished, found)


async def _places(connection: AsyncConnection, wish: CourseWish, clinic_id: int) -> tuple[list[int], list[int]]:
    """The therapists and the rooms that come into question. Raises PlaceTaken where there is none."""
    rows = (await connection.execute(PLACES, {"clinic_id": clinic_id})).all()
    found = []
    for what, asked in (("therapist", wish.therapist_id), ("room", wish.room_id)):
        ids = [row.id for row in rows if row.what == what and asked in (None, row.id)]
        if not ids:
            raise PlaceTaken(what=what)
        found.append(ids)
    return found[0], found[1]


async def _busy(
    connection: AsyncConnection,
    wish: CourseWish,
    book: Schedule,
    therapists: list[int],
    rooms: list[int],
    last: date,
    now: datetime,
) -> dict[tuple[str, int], list[Interval]]:
    """When the patient, each therapist and each room is taken."""
    values = {
        "patients": [wish.patient_id],
        "therapists": therapists,
        "rooms": rooms,
        "since": bounds(wish.pattern.first_day, book.zone)[0] - LONGEST,
        "until": bounds(max(last, wish.pattern.first_day), book.zone)[1],
        "now": now,
    }
    found: dict[tuple[str, int], list[Interval]] = {}
    for row in await connection.execute(text(BUSY), values):
        found.setdefault((row.who, row.id), []).append((row.starts_at, row.until))
    return found
