"""Whom a change of the calendar strands, and what they could have instead: read, and not yet done."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from models import Appointment, Clinic, Patient
from models.appointment import Status
from services import schedules
from services.absence.leaves import MOVABLE, Change
from services.absence.openings import books_of, openings, stand_ins
from services.absence.replacements import Replacement
from services.absence.whose import doctors_of
from services.moves import Entry, entries, entry
from services.slots import Schedule


@dataclass(frozen=True, kw_only=True)
class MoveTo:
    """The staff chose another time for a stranded appointment."""

    doctor_id: int
    starts_at: datetime


class Instead(StrEnum):
    """The staff chose no other time: cancel it, and for OFFER put the patient on the doctor's waitlist."""

    CANCEL = "cancel"
    OFFER = "offer"


Choices = Mapping[UUID, MoveTo | Instead]
"""What the staff chose for stranded appointments; all others are moved to what is proposed."""


@dataclass(frozen=True, kw_only=True)
class Stranded:
    """An appointment that cannot stay; `replacement` None: nothing equivalent is free, or the staff chose so."""

    entry: Entry
    patient: str
    replacement: Replacement | None

    @property
    def appointment(self) -> Appointment:
        """As the book has it."""
        return self.entry.appointment


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a change would do: whom it strands, in order of time, which holds it ends, which days it touches.

    `gone` are the appointments for which a time was chosen that cannot be had.
    """

    stranded: tuple[Stranded, ...]
    holds: tuple[Entry, ...]
    days: frozenset[tuple[int, date]]
    gone: frozenset[UUID]

    @property
    def doctor_days(self) -> frozenset[tuple[int, date]]:
        """Every doctor's day that carrying it out would write to."""
        olds = {each.entry.doctor_day for each in self.stranded} | {hold.doctor_day for hold in self.holds}
        news = {each.replacement.doctor_day for each in self.stranded if each.replacement}
        return frozenset(self.days | olds | news)


async def plan(connection: AsyncConnection, change: Change, now: datetime, choices: Choices) -> Plan:
    """What the change would do as things stand. Raises Invalid for a clinic that is none."""
    rows = (await connection.execute(select(col(Clinic.id), col(Clinic.city), col(Clinic.time_zone)))).all()
    cities, zones = {row.id: row.city for row in rows}, {row.id: row.time_zone for row in rows}
    doctors = await doctors_of(connection, change)
    before = await schedules.rules(connection, doctors)
    after = {doctor_id: change.applied(book, zones) for doctor_id, book in before.items()}
    days = frozenset((doctor_id, day) for doctor_id, book in before.items() for day in change.days(book, now))
    met = [
        each
        for each in await _there(connection, days)
        if change.strands(each.appointment, before[each.appointment.doctor_id], after[each.appointment.doctor_id], now)
    ]
    stranded = [each for each in met if each.appointment.status in MOVABLE]
    names = await _names(connection, stranded)
    found, gone = await _replaced(connection, stranded, after, cities, now, choices) if stranded else ({}, set())
    return Plan(
        stranded=tuple(
            Stranded(
                entry=each,
                patient=names[each.appointment.patient_id],
                replacement=found.get(each.appointment.id),
            )
            for each in stranded
        ),
        holds=tuple(each for each in met if each.appointment.status == Status.HELD),
        days=days,
        gone=frozenset(gone),
    )


async def _there(connection: AsyncConnection, days: Collection[tuple[int, date]]) -> list[Entry]:
    """What can be stranded on those days, and their holds, in order of time."""
    if not days:
        return []
    query = (
        entries()
        .where(
            col(Appointment.doctor_id).in_({doctor_id for doctor_id, _ in days}),
            col(Appointment.day).between(min(day for _, day in days), max(day for _, day in days)),
            col(Appointment.status).in_((*MOVABLE, Status.HELD)),
        )
        .order_by(col(Appointment.starts_at), col(Appointment.id))
    )
    found = [entry(row) for row in await connection.execute(query)]
    return [each for each in found if each.doctor_day in days]


async def _names(connection: AsyncConnection, stranded: list[Entry]) -> dict[int, str]:
    patients = {each.appointment.patient_id for each in stranded}
    rows = await connection.execute(select(col(Patient.id), col(Patient.name)).where(col(Patient.id).in_(patients)))
    return {row.id: row.name for row in rows}


async def _replaced(
    connection: AsyncConnection,
    stranded: list[Entry],
    after: Mapping[int, Schedule],
    cities: Mapping[int, str],
    now: datetime,
    choices: Choices,
) -> tuple[dict[UUID, Replacement], set[UUID]]:
    """What each could have, and the chosen times that are gone. The staff's choices come first, then each one's own
    doctor, then others.
    """
    appointments = [each.appointment for each in stranded]
    chosen = {a.id: choice for a in appointments if isinstance(choice := choices.get(a.id), MoveTo)}
    open_ = await openings(connection, appointments, cities, now)
    wanted = {a.doctor_id for a in appointments} | {choice.doctor_id for choice in chosen.values()}
    open_.books |= await books_of(connection, wanted, after, appointments)
    found = {a.id: open_.at(a, chosen[a.id].doctor_id, chosen[a.id].starts_at) for a in appointments if a.id in chosen}
    for a in appointments:
        if a.id not in choices:
            found[a.id] = open_.nearest(a, [a.doctor_id])
    colleagues: dict[int, list[int]] = {}
    for a in appointments:
        if a.id not in choices and found[a.id] is None and a.course_id is None:
            if a.doctor_id not in colleagues:
                colleagues[a.doctor_id] = await stand_ins(connection, a.doctor_id)
            others = colleagues[a.doctor_id]
            missing = [doctor_id for doctor_id in others if doctor_id not in open_.books]
            open_.books |= await books_of(connection, missing, after, appointments)
            found[a.id] = open_.nearest(a, others)
    gone = {appointment_id for appointment_id in chosen if found[appointment_id] is None}
    return {appointment_id: each for appointment_id, each in found.items() if each is not None}, gone
