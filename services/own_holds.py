"""The holds that a patient has already: which make way for what he wishes now, and which is that very wish.

They are found before the transaction locks its days, so that theirs are locked in the same one call.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select
from sqlmodel import col

from core.db import Transaction
from core.errors import NotFound
from models import Appointment, Patient, User
from models.appointment import Source, Status
from models.user import Role
from services.moves import Entry, again, entries, entry, move
from services.permissions import Actor
from services.placing import Wish
from services.refusals import TooManyHolds
from services.slots import LONGEST, Slot

MOST = 3
"""Live holds of one account."""

NEAR = entries().where(
    col(Appointment.status) == Status.HELD,
    col(Appointment.patient_id) == bindparam("patient_id"),
    col(Appointment.starts_at) > bindparam("after"),
    col(Appointment.starts_at) < bindparam("before"),
    or_(col(Appointment.held_until) <= bindparam("now"), col(Appointment.doctor_id) == bindparam("doctor_id")),
)


async def holds_of(tx: Transaction, patient_id: int) -> list[Entry]:
    """All of the patient's holds, on whatever day; ours alone to change until the transaction ends. Raises NotFound."""
    # One hold at a time for each patient, whatever the doctors: their days do not order it.
    alone = select(col(Patient.id)).where(col(Patient.id) == patient_id).with_for_update(key_share=True)
    if (await tx.execute(alone)).first() is None:
        raise NotFound(patient_id=patient_id)
    query = entries().where(col(Appointment.status) == Status.HELD, col(Appointment.patient_id) == patient_id)
    return [entry(row) for row in (await tx.execute(query)).all()]


async def require_few(tx: Transaction, by: Actor, patient_id: int, now: datetime) -> None:
    """Let an account keep MOST times at once, one for each of so many patients. Raises TooManyHolds.

    What the waitlist offered was taken from nobody, and does not count. The clinic's staff holds for whoever calls.
    """
    if by.role != Role.PATIENT:
        return
    # One after the other: of two at once, each would find the other's hold missing.
    await tx.execute(select(col(User.id)).where(col(User.id) == by.user_id).with_for_update(key_share=True))
    others = by.patient_ids - {patient_id}
    query = select(func.count()).where(
        col(Appointment.status) == Status.HELD,
        col(Appointment.held_until) > now,
        col(Appointment.patient_id).in_(others),
        col(Appointment.source) != Source.WAITLIST,
    )
    if (await tx.execute(query)).scalar_one() >= MOST:
        raise TooManyHolds(most=MOST)


async def holds_near(
    tx: Transaction, patient_id: int, doctor_id: int, starts_at: datetime, now: datetime
) -> list[Entry]:
    """Those that an appointment then may meet and that need not stand: they ran out, or are with the same doctor."""
    then = {"after": starts_at - LONGEST, "before": starts_at + LONGEST, "now": now}
    rows = await tx.execute(NEAR, then | {"patient_id": patient_id, "doctor_id": doctor_id})
    return [entry(row) for row in rows.all()]


async def let_others_go(
    tx: Transaction, wish: Wish, slot: Slot, known: Sequence[Entry], by: Actor, now: datetime
) -> Entry | None:
    """End the patient's other holds on the days that we locked; the one that is wished again comes back.

    What the waitlist offered him stands beside the time that he looks at, unless they overlap.
    """
    mine = None
    for held in [await again(tx, each) for each in known]:
        if held.appointment.status != Status.HELD:
            continue
        if _is_wished(held.appointment, wish) and not held.has_lapsed(now):
            mine = held
        elif not _is_offer_beside(held, slot, now):
            await _end(tx, held, by, now)
    return mine


async def make_way(tx: Transaction, slot: Slot, known: Sequence[Entry], by: Actor, now: datetime) -> None:
    """End those of the holds that the slot meets, on the days that we locked."""
    for held in [await again(tx, each) for each in known]:
        if held.appointment.status == Status.HELD and _meets(held.appointment, slot):
            await _end(tx, held, by, now)


async def _end(tx: Transaction, held: Entry, by: Actor, now: datetime) -> None:
    await move(tx, held, Status.EXPIRED, by=None if held.has_lapsed(now) else by, now=now)


def _meets(held: Appointment, slot: Slot) -> bool:
    """Whether the doctor's time overlaps; the patient's does then too, or follows within a buffer."""
    return held.starts_at < slot.busy_until and held.busy_until > slot.starts_at


def _is_offer_beside(held: Entry, slot: Slot, now: datetime) -> bool:
    offer = held.appointment
    overlaps = offer.starts_at < slot.ends_at and offer.ends_at > slot.starts_at
    return offer.source == Source.WAITLIST and not overlaps and not held.has_lapsed(now)


def _is_wished(appointment: Appointment, wish: Wish) -> bool:
    return (appointment.doctor_id, appointment.starts_at, appointment.mode, appointment.visit_type) == (
        wish.doctor_id,
        wish.starts_at,
        wish.mode,
        wish.visit,
    )
