"""Where an appointment could go: the times of the clinic's doctors that are open for it, its patient and its place."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.errors import Invalid, NotFound, Stale
from models import Appointment
from models.appointment import ACTIVE, Status
from services import inputs, schedules
from services.moves import entries, entry
from services.permissions import Actor, can, require
from services.placing import Subject
from services.slots import LONGEST, Schedule, Slot, Span, Why
from services.therapy.places import KINDS, places_of
from services.walls import bounds

ONE_DAY = timedelta(days=1)

NEAREST = 3
"""How many other times a refusal names."""

FAR = timedelta(days=14)
"""How far they are looked for."""


MOVABLE = frozenset({Status.BOOKED, Status.CHECKED_IN})
"""What may go to another time at all."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A doctor's time that is open for the appointment."""

    doctor_id: int
    day: date
    starts_at: datetime
    ends_at: datetime
    clinic_id: int


@dataclass(frozen=True)
class _Bound:
    """What goes with the appointment, and when any of it is taken elsewhere."""

    appointment: Appointment
    patient: tuple[Span, ...]
    place: tuple[Span, ...]

    def is_free(self, slot: Slot) -> bool:
        """Whether patient, therapist and room are free then: these two stay with it at its own clinic only."""
        kept = self.place if slot.clinic_id == self.appointment.clinic_id else ()
        return not (
            any(span.meets(slot.starts_at, slot.ends_at) for span in self.patient)
            or any(span.meets(slot.starts_at, slot.busy_until) for span in kept)
        )


async def reach(
    appointment_id: UUID, doctor_ids: Collection[int], first: date, last: date, *, by: Actor, now: datetime
) -> list[Opening]:
    """Every time of those doctors, from day to day, that `appointments.reschedule` would give it, in order of time.

    Raises NotFound, NotAllowed, Invalid, Stale where it may not go anywhere.
    """
    inputs.number(appointment_id, "appointment_id")
    async with db.snapshot() as connection:
        bound = await _bound(connection, appointment_id, first, last)
        require(by, "change", bound.appointment)
        if bound.appointment.status not in MOVABLE:
            raise Stale(status=bound.appointment.status)
        books = await schedules.schedules(connection, doctor_ids, first, last)
        days = [first + offset * ONE_DAY for offset in range((last - first).days + 1)]
        found = [
            _opening(doctor_id, day, slot)
            for doctor_id, book in books.items()
            for day in days
            for slot in _slots(bound, doctor_id, book, day, by, now)
        ]
    return sorted(found, key=lambda opening: (opening.starts_at, opening.doctor_id))


async def reach_places(
    appointment_id: UUID, kind: str, first: date, last: date, *, by: Actor, now: datetime
) -> dict[int, list[Opening]]:
    """By therapist, or by room, of its clinic: the times of its doctor that it could have there, in order of time.

    Its own time is among them but where it is already. Raises NotFound, NotAllowed, Invalid where it has none of that
    kind, Stale where it may not go anywhere.
    """
    inputs.number(appointment_id, "appointment_id")
    if kind not in KINDS:
        raise Invalid(field="kind")
    column = f"{kind}_id"
    async with db.snapshot() as connection:
        bound = await _bound(connection, appointment_id, first, last, but=column)
        old = bound.appointment
        require(by, "receive", old)
        if old.status not in MOVABLE:
            raise Stale(status=old.status)
        if getattr(old, column) is None:
            raise Invalid(field="kind")
        books = await schedules.schedules(connection, [old.doctor_id], first, last)
        places = [each.id for each in await places_of(connection, old.clinic_id) if each.kind == kind]
        busy = await _busy(connection, column, places, old, first, last)
    days = [first + offset * ONE_DAY for offset in range((last - first).days + 1)]
    slots = [
        (day, slot)
        for doctor_id, book in books.items()
        for day in days
        for slot in _slots(bound, doctor_id, book, day, by, now)
        if slot.clinic_id == old.clinic_id
    ]
    own = old.day, Slot(old.starts_at, old.ends_at, old.busy_until, Why.OPEN, (), old.clinic_id)
    return {
        place: [
            _opening(old.doctor_id, day, slot)
            for day, slot in sorted([*slots, *([own] if place != getattr(old, column) else [])], key=_begin)
            if not any(span.meets(slot.starts_at, slot.busy_until) for span in busy[place])
        ]
        for place in places
    }


async def nearest(
    appointment_id: UUID,
    doctor_id: int,
    wished: datetime,
    *,
    by: Actor,
    now: datetime,
    count: int = NEAREST,
    place: tuple[str, int] | None = None,
) -> list[Opening]:
    """Those of one doctor that are nearest to a wished time, in order of time: of that day, else of those around it.

    Of its own doctor with that therapist, or in that room, where a `place` is wished.
    """
    async with db.snapshot() as connection:
        day = await schedules.day_of(connection, doctor_id, wished)
    found: list[Opening] = []
    for around in (timedelta(), FAR):
        first, last = day - around, day + around
        if place is None:
            found = await reach(appointment_id, [doctor_id], first, last, by=by, now=now)
        else:
            kind, place_id = place
            found = (await reach_places(appointment_id, kind, first, last, by=by, now=now)).get(place_id, [])
        if len(found) >= count:
            break
    found.sort(key=lambda opening: abs(opening.starts_at - wished))
    return sorted(found[:count], key=lambda opening: opening.starts_at)


def _slots(bound: _Bound, doctor_id: int, book: Schedule, day: date, by: Actor, now: datetime) -> list[Slot]:
    old = bound.appointment
    # Its own time is free for it.
    others = [each for each in book.taken if doctor_id != old.doctor_id or each.starts_at != old.starts_at]
    clinics: dict[int, bool] = {}

    def may_book(clinic_id: int) -> bool:
        if clinic_id not in clinics:
            clinics[clinic_id] = can(by, "book", Subject(old.patient_id, doctor_id, clinic_id))
        return clinics[clinic_id]

    why = (Why.OPEN, Why.NOTICE) if by.is_staff else (Why.OPEN,)
    return [
        slot
        for slot in book.with_taken(others, {}).slots(day, now, old.visit_type)
        if slot.why in why
        and old.mode in slot.modes
        and may_book(slot.clinic_id)
        and bound.is_free(slot)
        and (doctor_id, slot.starts_at) != (old.doctor_id, old.starts_at)
    ]


def _opening(doctor_id: int, day: date, slot: Slot) -> Opening:
    return Opening(
        doctor_id=doctor_id, day=day, starts_at=slot.starts_at, ends_at=slot.ends_at, clinic_id=slot.clinic_id
    )


def _begin(found: tuple[date, Slot]) -> datetime:
    return found[1].starts_at


async def _bound(
    connection: AsyncConnection, appointment_id: UUID, first: date, last: date, *, but: str = ""
) -> _Bound:
    row = (await connection.execute(entries().where(col(Appointment.id) == appointment_id))).first()
    if row is None:
        raise NotFound(appointment_id=str(appointment_id))
    appointment = entry(row).appointment
    with_it = {
        name: value
        for name in ("patient_id", "therapist_id", "room_id")
        if name != but and (value := getattr(appointment, name)) is not None
    }
    since, until = _moments(first, last)
    query = select(
        col(Appointment.starts_at),
        col(Appointment.ends_at),
        col(Appointment.busy_until),
        *(col(getattr(Appointment, name)) for name in with_it),
    ).where(
        col(Appointment.id) != appointment_id,
        col(Appointment.starts_at).between(since, until),
        col(Appointment.status).in_(sorted(ACTIVE)),
        or_(*(col(getattr(Appointment, name)) == value for name, value in with_it.items())),
    )
    rows = (await connection.execute(query)).all()
    places = with_it.keys() - {"patient_id"}
    return _Bound(
        appointment,
        tuple(Span(row.starts_at, row.ends_at) for row in rows if row.patient_id == appointment.patient_id),
        tuple(
            Span(row.starts_at, row.busy_until)
            for row in rows
            if any(getattr(row, name) == with_it[name] for name in places)
        ),
    )


async def _busy(
    connection: AsyncConnection, column: str, places: Sequence[int], old: Appointment, first: date, last: date
) -> dict[int, list[Span]]:
    """When each of those therapists or rooms is taken, but by the appointment itself."""
    since, until = _moments(first, last)
    where = col(getattr(Appointment, column))
    query: Any = select(where.label("place"), col(Appointment.starts_at), col(Appointment.busy_until)).where(
        col(Appointment.id) != old.id,
        col(Appointment.starts_at).between(since, until),
        col(Appointment.status).in_(sorted(ACTIVE)),
        where.in_(places),
    )
    found: dict[int, list[Span]] = {place: [] for place in places}
    for row in await connection.execute(query):
        found[row.place].append(Span(row.starts_at, row.busy_until))
    return found


def _moments(first: date, last: date) -> tuple[datetime, datetime]:
    """Wide enough for any wall clock, and for what began before and lasts."""
    return bounds(first - ONE_DAY, "UTC")[0] - LONGEST, bounds(last + ONE_DAY, "UTC")[1]
