"""The waitlist of a doctor: join it, leave it, and come off it when one's days are past."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Date, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from core import db
from core.db import Transaction, transaction
from core.errors import Invalid, NotFound, Stale
from core.idempotency import Once, once
from models import Clinic, Doctor, Patient, WaitlistEntry, WaitlistOffer
from models.appointment import Status
from models.doctor import Mode
from models.user import Role
from models.visit import VisitType
from models.waitlist import Outcome, Waiting
from services import schedules
from services.day_locks import lock_days
from services.moves import Entry, again, find, move
from services.people import NOBODY_YET, Person, meant
from services.permissions import Actor, can, require
from services.placing import Subject
from services.refusals import AlreadyWaiting
from services.waiting.entries import Place, change, places, rank, tell

LONGEST = timedelta(days=180)
"""How long a stretch of days one may wait for."""


@dataclass(frozen=True, kw_only=True)
class Hope:
    """Which times of a doctor would do: days, weekdays (Monday is 0; none: any), and when a visit may begin.

    Days and times are on the wall clock of the doctor's clinic.
    """

    doctor_id: int
    patient_id: int
    first_day: date
    last_day: date
    mode: Mode = Mode.IN_PERSON
    visit: VisitType = VisitType.FIRST_VISIT
    weekdays: frozenset[int] = frozenset()
    earliest: time | None = None
    latest: time | None = None

    def require_possible(self, today: date) -> None:
        """Raise Invalid for days that are past, backwards or too many, for hours backwards, for an eighth weekday."""
        if not max(self.first_day, today) <= self.last_day <= self.first_day + LONGEST:
            raise Invalid(field="last_day")
        if not self.weekdays <= set(range(7)):
            raise Invalid(field="weekdays")
        if self.earliest and self.latest and self.earliest > self.latest:
            raise Invalid(field="latest")


async def join(
    hope: Hope, *, by: Actor, now: datetime, named: Person | None = None, asked: Once | None = None
) -> WaitlistEntry:
    """Go to the end of the doctor's list; who is meant where the hope is nobody's yet, `people.meant` says.

    Raises NotAllowed, NotFound, Invalid, AlreadyWaiting, KeyReused, Again, and what `people.meant` raises.
    """
    async with transaction() as tx:
        return await once(tx, asked, lambda: _join(tx, hope, named, by, now), now=now)


async def _join(tx: Transaction, hope: Hope, named: Person | None, by: Actor, now: datetime) -> WaitlistEntry:
    book = (await schedules.rules(tx.connection, [hope.doctor_id])).get(hope.doctor_id)
    if book is None:
        raise NotFound(doctor_id=hope.doctor_id)
    hope.require_possible(book.today(now))
    # A program names whom it knows; the clinic's desk may name anybody.
    if hope.patient_id == NOBODY_YET or named is not None or by.role == Role.INTEGRATOR:
        whom = await meant(tx, hope.patient_id or None, named, by=by, now=now)
        hope = replace(hope, patient_id=whom.patient_id)
    require(by, "wait", Subject(hope.patient_id, hope.doctor_id, book.clinic_id))
    if (await tx.execute(select(col(Patient.id)).where(col(Patient.id) == hope.patient_id))).first() is None:
        raise NotFound(patient_id=hope.patient_id)
    joined = await add(tx, hope, by=by, now=now)
    if joined is None:
        raise AlreadyWaiting
    return joined


async def add(
    tx: Transaction, hope: Hope, *, by: Actor, now: datetime, displaced_by: UUID | None = None
) -> WaitlistEntry | None:
    """Put a person on a list within the caller's transaction; None: he is on it.

    With `displaced_by`, the resolution that took his appointment, he goes before all who wait for no such reason.
    """
    entry_id = uuid4()
    values = {
        "id": entry_id,
        "doctor_id": hope.doctor_id,
        "patient_id": hope.patient_id,
        "first_day": hope.first_day,
        "last_day": hope.last_day,
        "mode": hope.mode,
        "visit_type": hope.visit,
        "weekdays": sorted(hope.weekdays),
        "earliest": hope.earliest,
        "latest": hope.latest,
        "status": Waiting.WAITING,
        "displaced_by": displaced_by,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    statement = insert(WaitlistEntry).values(values).on_conflict_do_nothing().returning(col(WaitlistEntry.id))
    if (await tx.execute(statement)).first() is None:
        if displaced_by is not None:
            his = col(WaitlistEntry.doctor_id) == hope.doctor_id, col(WaitlistEntry.patient_id) == hope.patient_id
            owed = col(WaitlistEntry.displaced_by).is_(None)
            await rank(tx, *his, owed, displaced_by=displaced_by, by=by, now=now)
        return None
    joined = await one_place(tx, entry_id)
    tell(tx, joined, Waiting.WAITING, by=by, now=now)
    return joined.entry


async def withdraw(entry_id: UUID, *, by: Actor, now: datetime) -> None:
    """Leave the list; a time that was offered goes to the next. One who is no longer on it stays off.

    Raises NotFound, also for what is not his, and Stale.
    """
    async with transaction() as tx:
        known = await one_place(tx, entry_id)
        if not can(by, "wait", await subject(tx, known)):
            raise NotFound(entry_id=str(entry_id))
        hold = await offered_hold(tx, entry_id)
        if hold is not None:
            await lock_days(tx, [hold.doctor_day], now)
        await take_off(tx, entry_id, hold, by=by, now=now)


async def take_off(tx: Transaction, entry_id: UUID, hold: Entry | None, *, by: Actor, now: datetime) -> None:
    """Take a person off the list; the day of `hold`, his offer, is locked by the caller. Raises NotFound, Stale."""
    if hold is not None and (held := await again(tx, hold)).appointment.status == Status.HELD:
        await move(tx, held, Status.EXPIRED, by=by, now=now)
    known = await one_place(tx, entry_id)
    if known.entry.status == Waiting.WAITING:
        await change(tx, known, Waiting.WITHDRAWN, Waiting.WITHDRAWN, by=by, now=now)
    elif known.entry.status == Waiting.OFFERED:
        # The offer was made while we read.
        raise Stale(status=known.entry.status)


async def offered_hold(tx: Transaction, entry_id: UUID) -> Entry | None:
    """The hold of the entry's live offer, as it stands this moment."""
    query = select(col(WaitlistOffer.appointment_id)).where(
        col(WaitlistOffer.entry_id) == entry_id, col(WaitlistOffer.outcome) == Outcome.OFFERED
    )
    hold_id = (await tx.execute(query)).scalar_one_or_none()
    return None if hold_id is None else await find(tx, hold_id)


async def one_place(tx: Transaction, entry_id: UUID) -> Place:
    """The entry of that id. Raises NotFound."""
    found = await places(tx.connection, col(WaitlistEntry.id) == entry_id)
    if not found:
        raise NotFound(entry_id=str(entry_id))
    return found[0]


async def subject(tx: Transaction, known: Place) -> Subject:
    """The place as `can` asks about it."""
    query = select(col(Doctor.clinic_id)).where(col(Doctor.id) == known.entry.doctor_id)
    return Subject(known.entry.patient_id, known.entry.doctor_id, (await tx.execute(query)).scalar_one())


async def close_past(now: datetime) -> int:
    """Those whose days are past, by the clinic's wall clock, wait no longer; how many."""
    today = cast(func.timezone(col(Clinic.time_zone), now), Date)
    past = (
        select(col(WaitlistEntry.id))
        .join(Doctor, col(Doctor.id) == col(WaitlistEntry.doctor_id))
        .join(Clinic, col(Clinic.id) == col(Doctor.clinic_id))
        .where(col(WaitlistEntry.status) == Waiting.WAITING, col(WaitlistEntry.last_day) < today)
    )
    async with db.snapshot() as connection:
        ids = (await connection.scalars(past)).all()
    for entry_id in ids:
        async with transaction() as tx:
            known = await one_place(tx, entry_id)
            if known.entry.status == Waiting.WAITING:
                await change(tx, known, Waiting.OVER, Waiting.OVER, by=None, now=now)
    return len(ids)
