"""Payment at the desk, onto the day's cash sheet: taken once for what is left to pay, and voided, never changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation
from sqlalchemy import exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from core.crypto import seal
from core.db import Transaction, transaction
from core.errors import DomainError, Invalid, NotFound, Stale
from core.events import Event
from core.idempotency import Again, Once, once
from core.tables import table
from core.words import N_
from models import Appointment, DeskPayment
from models.appointment import Status
from models.desk_payment import Method
from services import cash_sheets, inputs, trail
from services.day_locks import lock_days
from services.dues import days_since, dues_of
from services.moves import find, locked
from services.payment_references import reference_of
from services.permissions import Actor, require
from services.visits import checking_in

PAYABLE = frozenset({Status.BOOKED, Status.CHECKED_IN, Status.IN_CONSULTATION, Status.COMPLETED})


class AlreadyPaid(DomainError):
    """Nothing is left to pay."""

    code = "already_paid"
    message = N_("This visit is paid already.")


class MoreThanDue(DomainError):
    """More than is left to pay, and no reason why."""

    code = "more_than_due"
    message = N_("That is more than is left to pay. Say why.")


class NotPayable(DomainError):
    """A time that was only kept, cancelled, missed or moved away."""

    code = "not_payable"
    message = N_("Nothing can be paid for this appointment: it is not booked, or not any more.")


class ReferenceUsed(DomainError):
    """Another payment that counts has that UPI reference."""

    code = "reference_used"
    message = N_("This UPI reference stands on another payment already.")


@dataclass(frozen=True, kw_only=True)
class Tender:
    """What is put on the desk, in minor units; `due` is what the screen said was left to pay.

    Less than that is a part of it or, with a `reason`, all of it: the rest is let off. More wants a reason too.
    """

    amount: int
    due: int
    method: Method
    reference: str = ""
    reason: str = ""

    def checked(self) -> "Tender":
        """The same, if it can be one. Raises Invalid by its field, WrongReference."""
        amount, due = cash_sheets.money(self.amount, "amount"), cash_sheets.money(self.due, "due")
        method = inputs.one_of(Method, self.method, "method")
        reason = cash_sheets.reason(self.reason) if self.reason else ""
        if not amount and not (reason and method == Method.CASH):
            raise Invalid(field="amount")
        return Tender(
            amount=amount, due=due, method=method, reference=reference_of(method, self.reference), reason=reason
        )


async def take(appointment_id: UUID, tender: Tender, *, key: str, by: Actor, now: datetime) -> DeskPayment:
    """Note a payment; asked again under the same key it is the same one.

    Raises NotFound, NotAllowed, Invalid, WrongReference, KeyReused, NotPayable, AlreadyPaid, Stale where something else
    is left to pay than the screen said, MoreThanDue, ReferenceUsed.
    """
    appointment_id, tender = inputs.number(appointment_id, "appointment_id"), tender.checked()

    async def work(tx: Transaction) -> DeskPayment:
        old = await locked(tx, appointment_id, now)
        require(by, "run_desk", old.appointment)
        return await _taken(tx, old.appointment, tender, by=by, now=now)

    return await _once(work, _asked(appointment_id, tender, key, by), now)


async def check_in_and_take(
    appointment_id: UUID, tender: Tender, *, key: str, by: Actor, now: datetime, version: int | None = None
) -> DeskPayment:
    """He is here, and pays: both or neither. Raises what `visits.check_in` and `take` raise."""
    appointment_id, tender = inputs.number(appointment_id, "appointment_id"), tender.checked()

    async def work(tx: Transaction) -> DeskPayment:
        old = await locked(tx, appointment_id, now)
        require(by, "run_desk", old.appointment)
        here = await checking_in(tx, old, by=by, now=now, version=version)
        return await _taken(tx, here, tender, by=by, now=now)

    return await _once(work, _asked(appointment_id, tender, key, by), now)


async def void(payment_id: UUID, reason: str, *, by: Actor, now: datetime) -> None:
    """It counts no more, and another can be taken. Raises NotFound, NotAllowed, ReasonMissing, SheetClosed, Stale."""
    payment_id = inputs.number(payment_id, "payment_id")
    async with transaction() as tx:
        found = (await tx.execute(select(table(DeskPayment)).where(col(DeskPayment.id) == payment_id))).first()
        if found is None:
            raise NotFound(payment_id=str(payment_id))
        require(by, "run_desk", found)
        reason = cash_sheets.reason(reason)
        known = await find(tx, found.appointment_id)
        await lock_days(tx, await days_since(tx.connection, found.appointment_id), now)
        sheet = await cash_sheets.locked(tx, found.sheet_id)
        cash_sheets.require_open(sheet)
        sealed = seal(reason, about=f"desk_payments.void_reason:{payment_id}")
        swap = (
            update(DeskPayment)
            .where(col(DeskPayment.id) == payment_id, col(DeskPayment.voided_at).is_(None))
            .values(voided_by=by.user_id, voided_at=now, void_reason_sealed=sealed)
        )
        if (await tx.execute(swap)).rowcount == 0:
            raise Stale
        await cash_sheets.changed(tx, sheet)
        _tell(tx, "PaymentVoided", known.appointment, DeskPayment(**found._mapping), by=by, now=now)


async def require_unpaid(tx: Transaction, appointment_id: UUID) -> None:
    """Raise AlreadyPaid where something was paid for it: it can no longer be that it never was."""
    paid = col(DeskPayment.appointment_id) == appointment_id, col(DeskPayment.voided_at).is_(None)
    if (await tx.execute(select(exists().where(*paid)))).scalar_one():
        raise AlreadyPaid


async def _once(work: Any, asked: Once, now: datetime) -> DeskPayment:
    try:
        async with transaction() as tx:
            made: DeskPayment = await once(tx, asked, lambda: work(tx), now=now)
            return made
    except Again as known:
        async with transaction() as tx:
            query = select(table(DeskPayment)).where(col(DeskPayment.id) == UUID(known.answer))
            return DeskPayment(**(await tx.execute(query)).one()._mapping)
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation) and error.orig.diag.constraint_name == "ux_desk_payments_upi":
            raise ReferenceUsed from error
        raise


def _asked(appointment_id: UUID, tender: Tender, key: str, by: Actor) -> Once:
    request = {"appointment": str(appointment_id), **vars(tender)}
    return Once(owner=f"payment:{by.user_id}", key=key, request=request, write=lambda payment: str(payment.id))


async def _taken(tx: Transaction, appointment: Appointment, tender: Tender, *, by: Actor, now: datetime) -> DeskPayment:
    """The payment, now that the doctor's day is locked: two desks come one after the other."""
    if appointment.status not in PAYABLE:
        raise NotPayable(status=appointment.status)
    due = (await dues_of(tx.connection, [appointment.id]))[appointment.id]
    if due.left != tender.due:
        raise Stale(due=due.left) if due.left else AlreadyPaid
    if not due.left and not tender.reason:
        raise AlreadyPaid
    if tender.amount > due.left and not tender.reason:
        raise MoreThanDue(due=due.left)
    sheet = await cash_sheets.todays(tx, appointment.clinic_id, due.currency, by=by, now=now)
    identity = uuid4()
    remark = seal(tender.reason, about=f"desk_payments.remark:{identity}") if tender.reason else None
    payment = DeskPayment(
        id=identity,
        appointment_id=appointment.id,
        clinic_id=appointment.clinic_id,
        doctor_id=appointment.doctor_id,
        sheet_id=sheet.id,
        amount=tender.amount,
        remitted=max(due.left - tender.amount, 0) if tender.reason else 0,
        currency=due.currency,
        method=tender.method,
        reference=tender.reference or None,
        remark_sealed=remark,
        taken_by=by.user_id,
        taken_at=now,
    )
    await tx.execute(insert(DeskPayment).values(payment.model_dump()))
    await cash_sheets.changed(tx, sheet)
    _tell(tx, "PaymentTaken", appointment, payment, by=by, now=now)
    return payment


def _tell(
    tx: Transaction, kind: str, appointment: Appointment, payment: DeskPayment, *, by: Actor, now: datetime
) -> None:
    """Announce it to whoever watches the days that were locked for it, and the clinic's sheet."""
    topics = *tx.versions, f"clinic:{appointment.clinic_id}", cash_sheets.topic(payment.clinic_id)
    data = {"appointment_id": str(appointment.id), "payment_id": str(payment.id), "day_versions": dict(tx.versions)}
    tx.announce(Event(kind=kind, topics=topics, data=data, occurred_at=now))
    details = {
        "appointment_id": str(appointment.id),
        "amount": payment.amount,
        "remitted": payment.remitted,
        "currency": payment.currency,
        "method": payment.method,
    }
    what = "desk_payment", str(payment.id)
    tx.record(trail.entry(by, kind, what, now=now, patient_id=appointment.patient_id, details=details))
