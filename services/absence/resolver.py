"""The leave resolver: what a leave, a closure or a cut of hours strands, moved together with it; both, or neither.

A booking that races with it is either in the book before the days are locked, and then it is moved, or comes after, and
then it is refused: who books reads the rules under the same lock.
"""

from datetime import date, datetime
from functools import partial

from sqlalchemy import select
from sqlmodel import col

from core import db
from core.db import Transaction, transaction
from core.errors import Stale
from core.idempotency import Once, once
from models import Doctor
from services.absence.leaves import Away, Change, Closed, Picked
from services.absence.resolutions import Resolved, Seen, carry_out, lock_parties, unseen
from services.absence.strandings import Choices, Plan, plan
from services.absence.whose import require_his
from services.day_locks import lock_days
from services.permissions import Actor
from services.refusals import NotOpen, PatientBusy, PlaceTaken, SlotTaken
from services.trail import read

TRIES = 4
"""How often it is begun anew when others change what it is about to do."""


class _MoreDaysNeeded(Exception):
    """What is to be done goes beyond the days that were locked."""


class _ChoiceGone(Exception):
    """A time that the staff chose cannot be had any more."""


async def preview(change: Change, *, by: Actor, now: datetime, choices: Choices | None = None) -> Plan:
    """What the change would do; of all that, only the reading is recorded. Raises NotFound, NotAllowed, Invalid."""
    change.require_possible(now)
    async with db.snapshot() as connection:
        clinic_id = await require_his(connection, change, by)
        found = await plan(connection, change, now, choices or {})
    if patients := {each.appointment.patient_id for each in found.stranded}:
        async with transaction() as tx:
            what = "clinic", str(clinic_id)
            tx.record(read(by, "StrandedRead", what, now=now, patient_ids=patients))
    return found


async def commit(
    change: Change,
    *,
    by: Actor,
    now: datetime,
    choices: Choices | None = None,
    asked: Once | None = None,
    version: int | None = None,
    tells: bool = True,
    seen: Seen = unseen,
) -> Resolved:
    """Write the change and move, cancel or leave for an offer whom it strands, in one transaction.

    `tells` is whether they are to be told: the event has whom as `tell`. `seen` hears how many of how many are done;
    until it is all done, nothing is. A proposal that was taken since the preview gives way to the next; a time that the
    staff chose does not.
    Raises NotFound, NotAllowed, Invalid, HoursOverlap, KeyReused, Again; Stale with a fresh `preview` when a chosen
    time is gone, and without one when `version` is not the one that the doctor's calendar has.
    """
    change.require_possible(now)
    chosen: Choices = choices or {}
    days: set[tuple[int, date]] = set()
    for _ in range(TRIES):
        try:
            async with transaction() as tx:
                attempt = partial(_try, tx, change, chosen, days, by, now, version, tells, seen)
                return await once(tx, asked, attempt, now=now)
        except _ChoiceGone:
            break
        except (_MoreDaysNeeded, SlotTaken, PatientBusy, PlaceTaken, NotOpen):
            # Somebody was faster: at a day that we had not locked, or for a patient, a therapist or a room.
            continue
    raise Stale(preview=await preview(change, by=by, now=now, choices=choices))


async def _try(
    tx: Transaction,
    change: Change,
    choices: Choices,
    days: set[tuple[int, date]],
    by: Actor,
    now: datetime,
    version: int | None,
    tells: bool,
    seen: Seen,
) -> Resolved:
    """Once, with those of the `days` locked that are known to be needed; more that turn out to be are added."""
    await require_his(tx.connection, change, by)
    days |= await _foreseen(tx, change, now, choices)
    await lock_days(tx, days, now)
    await _require_version(tx, change, version)
    found = await plan(tx.connection, change, now, choices)
    if not found.doctor_days <= days:
        days |= found.doctor_days
        raise _MoreDaysNeeded
    if found.gone:
        raise _ChoiceGone
    return await carry_out(tx, change, found, choices, by=by, now=now, tells=tells, seen=seen)


async def _require_version(tx: Transaction, change: Change, version: int | None) -> None:
    """Raise Stale where somebody else has changed the one doctor's calendar since; from here on nobody else does.

    Two who change other weekdays lock other days: it is the doctor's row that they meet at.
    """
    if version is None or isinstance(change, Closed | Picked):
        return
    (doctor_id,) = change.doctor_ids if isinstance(change, Away) else (change.doctor_id,)
    mine = select(col(Doctor.schedule_version)).where(col(Doctor.id) == doctor_id)
    stands = (await tx.execute(mine.with_for_update(key_share=True))).scalar_one()
    if stands != version:
        raise Stale(version=stands)


async def _foreseen(tx: Transaction, change: Change, now: datetime, choices: Choices) -> frozenset[tuple[int, date]]:
    """The days to lock, as far as can be seen before they are; and the parties locked."""
    foreseen = await plan(tx.connection, change, now, choices)
    await lock_parties(tx, (each.appointment for each in foreseen.stranded))
    return foreseen.doctor_days
