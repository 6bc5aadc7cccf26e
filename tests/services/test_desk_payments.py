"""What is paid at the desk: once, for what is left to pay; voided and never changed; on the sheet of the day."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from psycopg.errors import RaiseException
from sqlalchemy.exc import DBAPIError

from core.crypto import unseal
from core.errors import DomainError, Invalid, NotAllowed, NotFound, Stale
from core.idempotency import KeyReused
from models import Appointment
from models.desk_payment import Method
from services import appointments, desk_payments, sending, visits, walk_ins
from services.cash_sheets import ReasonMissing, SheetClosed, close
from services.dashboard import dashboard
from services.desk_payments import AlreadyPaid, MoreThanDue, NotPayable, ReferenceUsed, Tender
from services.payment_references import WrongReference
from services.people import Person
from services.refusals import TooEarly
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import audited, events, many, one, write

FEE = 50000
CASH = Tender(amount=FEE, due=FEE, method=Method.CASH)
UPI = Tender(amount=FEE, due=FEE, method=Method.UPI, reference="4123 4567 8901")


async def booked(cast: Cast) -> Appointment:
    return await appointments.book_at(cast.wish(at(11)), by=cast.asha, now=NOW)


async def take(cast: Cast, appointment: Appointment, tender: Tender = CASH, *, key: str | None = None, **how: Any):
    by, now = how.pop("by", cast.receptionist), how.pop("now", at(11))
    return await desk_payments.take(appointment.id, tender, key=key or str(uuid4()), by=by, now=now, **how)


async def left(cast: Cast, appointment: Appointment) -> int:
    return (await dashboard(cast.doctor_id, DAY, at(11))).dues[appointment.id].left


async def test_what_is_taken_stands_on_the_days_sheet_and_is_told_and_recorded(cast: Cast) -> None:
    appointment = await booked(cast)
    before = (await dashboard(cast.doctor_id, DAY, at(11))).version
    payment = await take(cast, appointment, UPI)
    row = await one("SELECT * FROM desk_payments")
    assert (row.id, row.appointment_id, row.amount, row.currency) == (payment.id, appointment.id, FEE, "INR")
    assert (row.method, row.reference, row.taken_by) == ("upi", "412345678901", cast.receptionist.user_id)
    sheet = await one("SELECT * FROM cash_sheets")
    assert (sheet.id, sheet.clinic_id, sheet.day, sheet.number) == (row.sheet_id, cast.clinic_id, DAY, 1)
    shown = await dashboard(cast.doctor_id, DAY, at(11))
    assert (shown.version, shown.dues[appointment.id].paid, shown.dues[appointment.id].left) == (before + 1, FEE, 0)
    (event,) = await events("PaymentTaken")
    day = f"doctor:{cast.doctor_id}:{DAY}"
    assert {day, f"cash:{cast.clinic_id}", f"clinic:{cast.clinic_id}"} == set(event.topics)
    assert event.data["day_versions"] == {day: shown.version}
    (entry,) = await audited("PaymentTaken")
    assert (entry.object_id, entry.patient_id, entry.actor_id) == (
        str(payment.id),
        cast.asha_patient,
        cast.receptionist.user_id,
    )
    assert (entry.details["amount"], entry.details["method"]) == (FEE, "upi")


async def test_two_desks_that_take_at_once_take_once(cast: Cast) -> None:
    appointment = await booked(cast)
    desks = [cast.receptionist, cast.admin] * 3
    outcomes = await asyncio.gather(*(take(cast, appointment, by=by) for by in desks), return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["AlreadyPaid"] * 5 + ["DeskPayment"]
    assert (await one("SELECT count(*) AS n, sum(amount) AS total FROM desk_payments")) == (1, FEE)
    assert len(await events("PaymentTaken")) == len(await audited("PaymentTaken")) == 1
    assert len(await many("SELECT FROM cash_sheets")) == 1


async def test_two_desks_that_let_off_the_same_rest_do_it_once(cast: Cast) -> None:
    appointment = await booked(cast)
    less = replace(CASH, amount=40000, reason="A regular patient")
    outcomes = await asyncio.gather(*(take(cast, appointment, less) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(each, AlreadyPaid) for each in outcomes) == 3
    assert (await one("SELECT sum(amount) AS a, sum(remitted) AS r FROM desk_payments")) == (40000, 10000)


async def test_a_form_that_is_sent_twice_is_one_payment(cast: Cast) -> None:
    appointment = await booked(cast)
    made = await asyncio.gather(*(take(cast, appointment, key="one") for _ in range(4)))
    assert len({payment.id for payment in made}) == 1
    assert len(await many("SELECT FROM desk_payments")) == 1
    with pytest.raises(KeyReused):
        await take(cast, appointment, UPI, key="one")


async def test_a_part_leaves_the_rest_to_pay_and_a_reason_lets_it_off(cast: Cast) -> None:
    appointment = await booked(cast)
    await take(cast, appointment, replace(CASH, amount=20000))
    assert await left(cast, appointment) == 30000
    with pytest.raises(Stale):
        await take(cast, appointment)
    paid = await take(cast, appointment, Tender(amount=10000, due=30000, method=Method.CASH, reason="Staff's mother"))
    assert (paid.amount, paid.remitted) == (10000, 20000)
    assert await left(cast, appointment) == 0
    assert unseal(paid.remark_sealed or b"", about=f"desk_payments.remark:{paid.id}") == "Staff's mother"


async def test_more_than_is_left_wants_a_reason(cast: Cast) -> None:
    appointment = await booked(cast)
    more = replace(CASH, amount=FEE + 5000)
    with pytest.raises(MoreThanDue):
        await take(cast, appointment, more)
    paid = await take(cast, appointment, replace(more, reason="Medicine oil"))
    assert (paid.amount, paid.remitted) == (FEE + 5000, 0)
    with pytest.raises(AlreadyPaid):
        await take(cast, appointment, replace(CASH, due=0))
    extra = await take(cast, appointment, Tender(amount=700, due=0, method=Method.CASH, reason="A second dressing"))
    assert extra.amount == 700


async def test_all_of_it_can_be_let_off(cast: Cast) -> None:
    appointment = await booked(cast)
    free = await take(cast, appointment, replace(CASH, amount=0, reason="Free follow-up"))
    assert (free.amount, free.remitted, await left(cast, appointment)) == (0, FEE, 0)
    with pytest.raises(Invalid):
        await take(cast, appointment, replace(CASH, amount=0))


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"amount": -1}, Invalid),
        ({"amount": 10**9}, Invalid),
        ({"amount": "500"}, Invalid),
        ({"amount": True}, Invalid),
        ({"due": None}, Invalid),
        ({"method": "barter"}, Invalid),
        ({"reason": "x" * 201}, Invalid),
        ({"reason": "x"}, ReasonMissing),
        ({"method": "upi"}, WrongReference),
        ({"method": "upi", "reference": "12345678901"}, WrongReference),
        ({"method": "upi", "reference": "１２３４５６７８９０１２"}, WrongReference),
        ({"method": "card"}, WrongReference),
        ({"method": "card", "reference": "ABCDEF"}, WrongReference),
        ({"method": "card", "reference": "4111 1111 1111 1111"}, WrongReference),
        ({"method": "card", "reference": "<b>123"}, WrongReference),
        ({"method": "card", "reference": 123456}, Invalid),
    ],
)
async def test_what_cannot_be_a_payment_is_refused(cast: Cast, changes: dict, refused: type[DomainError]) -> None:
    appointment = await booked(cast)
    with pytest.raises(refused):
        await take(cast, appointment, replace(CASH, **changes))
    assert await many("SELECT FROM desk_payments") == await many("SELECT FROM cash_sheets") == []


async def test_of_cash_no_reference_is_kept(cast: Cast) -> None:
    paid = await take(cast, await booked(cast), replace(CASH, reference="whatever"))
    assert paid.reference is None
    card = await walk_ins.walk_in(
        Person(name="Leela Pawar", phone="98000 00001"), cast.doctor_id, by=cast.receptionist, now=at(11)
    )
    assert (await take(cast, card, replace(CASH, method=Method.CARD, reference="a1b-2c3"))).reference == "A1B2C3"


async def test_a_upi_reference_stands_on_one_payment_that_counts(cast: Cast) -> None:
    first, second = await booked(cast), await appointments.book_at(cast.wish(at(12)), by=cast.asha, now=NOW)
    paid = await take(cast, first, UPI)
    with pytest.raises(ReferenceUsed):
        await take(cast, second, UPI)
    await desk_payments.void(paid.id, "The wrong patient", by=cast.receptionist, now=at(11))
    await take(cast, second, UPI)
    assert (await left(cast, first), await left(cast, second)) == (FEE, 0)


async def test_only_the_appointments_own_desk_takes_and_voids(cast: Cast) -> None:
    appointment = await booked(cast)
    for by in (cast.other_receptionist, cast.other_doctor, cast.doctor, cast.asha, cast.stranger):
        with pytest.raises(NotAllowed):
            await take(cast, appointment, by=by)
        with pytest.raises(NotAllowed):
            await desk_payments.check_in_and_take(appointment.id, CASH, key="k", by=by, now=at(11))
    paid = await take(cast, appointment)
    for by in (cast.other_receptionist, cast.doctor, cast.asha):
        with pytest.raises(NotAllowed):
            await desk_payments.void(paid.id, "A mistake", by=by, now=at(11))
    with pytest.raises(NotFound):
        await desk_payments.void(uuid4(), "A mistake", by=cast.receptionist, now=at(11))
    assert (await one("SELECT voided_at FROM desk_payments")).voided_at is None


async def test_what_is_not_booked_any_more_cannot_be_paid(cast: Cast) -> None:
    appointment = await booked(cast)
    await appointments.cancel(appointment.id, by=cast.asha, now=NOW)
    held = await appointments.hold(cast.wish(at(12)), by=cast.asha, now=NOW)
    for each in (appointment, held):
        with pytest.raises(NotPayable):
            await take(cast, each)
    with pytest.raises(NotFound):
        await desk_payments.take(uuid4(), CASH, key="k", by=cast.receptionist, now=at(11))


async def test_a_void_gives_the_fee_back_to_pay_and_stands_beside_what_was_taken(cast: Cast) -> None:
    appointment = await booked(cast)
    paid = await take(cast, appointment)
    with pytest.raises(ReasonMissing):
        await desk_payments.void(paid.id, " ", by=cast.receptionist, now=at(11))
    voids = [desk_payments.void(paid.id, "Taken twice", by=cast.receptionist, now=at(11, 5)) for _ in range(3)]
    outcomes = await asyncio.gather(*voids, return_exceptions=True)
    assert sum(isinstance(each, Stale) for each in outcomes) == 2
    row = await one("SELECT * FROM desk_payments")
    assert (row.voided_by, row.voided_at, row.amount) == (cast.receptionist.user_id, at(11, 5), FEE)
    assert await left(cast, appointment) == FEE
    (event,), (entry,) = await events("PaymentVoided"), await audited("PaymentVoided")
    assert f"doctor:{cast.doctor_id}:{DAY}" in event.topics
    assert entry.object_id == str(paid.id)
    await take(cast, appointment)
    assert await left(cast, appointment) == 0


async def test_nobody_changes_or_deletes_a_payment_behind_the_services_back(cast: Cast) -> None:
    paid = await take(cast, await booked(cast))
    for statement in (
        "UPDATE desk_payments SET amount = 1",
        "UPDATE desk_payments SET reference = 'X', method = 'card'",
        "DELETE FROM desk_payments",
    ):
        with pytest.raises(DBAPIError) as refusal:
            await write(statement)
        assert isinstance(refusal.value.orig, RaiseException)
    await desk_payments.void(paid.id, "A mistake", by=cast.receptionist, now=at(11))
    with pytest.raises(DBAPIError):
        await write("UPDATE desk_payments SET voided_at = NULL, voided_by = NULL, void_reason_sealed = NULL")


async def test_who_is_here_and_pays_is_checked_in_and_has_paid_or_neither(cast: Cast) -> None:
    appointment = await booked(cast)
    how = {"by": cast.receptionist, "now": at(11), "version": appointment.version}
    for refused, tender, more in (
        (MoreThanDue, replace(CASH, amount=FEE + 1), {}),
        (Stale, CASH, {"version": appointment.version + 1}),
        (TooEarly, CASH, {"now": NOW}),
    ):
        with pytest.raises(refused):
            await desk_payments.check_in_and_take(appointment.id, tender, key=str(uuid4()), **how | more)
        assert (await one("SELECT status FROM appointments")).status == "booked"
        assert await many("SELECT FROM desk_payments") == []
    paid = [await desk_payments.check_in_and_take(appointment.id, CASH, key="k", **how) for _ in range(2)]
    assert paid[0].id == paid[1].id
    assert (await one("SELECT status FROM appointments")).status == "checked_in"
    assert len(await events("PatientCheckedIn")) == len(await events("PaymentTaken")) == 1


async def test_one_who_is_sent_on_takes_along_what_he_paid(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id)
    appointment = await booked(cast)
    here = await visits.check_in(appointment.id, by=cast.receptionist, now=at(11))
    paid = await take(cast, here)
    sent = await sending.send(here.id, colleague, by=cast.receptionist, now=at(11))
    there = await dashboard(colleague, DAY, at(11))
    assert (there.dues[sent.id].paid, there.dues[sent.id].left) == (FEE, 0)
    with pytest.raises(AlreadyPaid):
        await take(cast, sent)
    await desk_payments.void(paid.id, "A mistake", by=cast.receptionist, now=at(11))
    (event,) = await events("PaymentVoided")
    assert event.data["day_versions"][f"doctor:{colleague}:{DAY}"] == there.version + 1
    assert (await dashboard(colleague, DAY, at(11))).dues[sent.id].left == FEE


async def test_what_stands_on_a_closed_sheet_is_voided_no_more(cast: Cast) -> None:
    paid = await take(cast, await booked(cast))
    sheet = await one("SELECT id, version FROM cash_sheets")
    await close(sheet.id, FEE, version=sheet.version, by=cast.receptionist, now=at(19))
    with pytest.raises(SheetClosed):
        await desk_payments.void(paid.id, "A mistake", by=cast.receptionist, now=at(19) + timedelta(minutes=1))
