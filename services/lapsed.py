"""Holds that ran out and still stand in the book: whoever needs their time ends them first, under their day's lock."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement
from sqlmodel import col

from core.db import Transaction
from models import Appointment
from models.appointment import Status
from services.moves import Entry, again, entries, entry, move


async def lapsed_of(tx: Transaction, patient_id: int, now: datetime) -> list[Entry]:
    """Those of a patient, on whatever day: to be found before the one call that locks the days."""
    query = entries().where(*has_run_out(now), col(Appointment.patient_id) == patient_id)
    return [entry(row) for row in (await tx.execute(query)).all()]


async def end_lapsed(tx: Transaction, known: Sequence[Entry], now: datetime) -> None:
    """End those that were found, now that their days are locked; one that was renewed meanwhile stays."""
    for held in [await again(tx, each) for each in known]:
        if held.has_lapsed(now):
            await move(tx, held, Status.EXPIRED, by=None, now=now)


async def end_lapsed_on(tx: Transaction, doctor_id: int, day: date, now: datetime) -> int:
    """End those of a doctor's day, which is locked; how many."""
    mine = col(Appointment.doctor_id) == doctor_id, col(Appointment.day) == day
    rows = (await tx.execute(entries().where(*mine, *has_run_out(now)))).all()
    for row in rows:
        await move(tx, entry(row), Status.EXPIRED, by=None, now=now)
    return len(rows)


def has_run_out(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The condition, as the index on `held_until` has it."""
    return col(Appointment.status) == Status.HELD, col(Appointment.held_until) <= now
