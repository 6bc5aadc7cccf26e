"""The day's cash sheet adds up: what is open takes payments, what is closed stands, and who may see it."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from core.errors import Invalid, NotAllowed, NotFound, Stale
from models import DeskPayment
from models.desk_payment import Method
from services import appointments, cash_day, cash_sheets, desk_payments, desks
from services.cash_day import CashDay, Sheet
from services.cash_sheets import NextSheetOpen, ReasonMissing, SheetClosed
from services.desk_payments import Tender
from services.views import KINDS
from tests.people import DAY, NOW, Cast, another_doctor, at, crowd
from tests.rows import audited, events, many, one, write

FEE = 50000


async def taken(cast: Cast, hour: int, **how) -> DeskPayment:
    """A payment for a visit of somebody at that hour, in cash unless told otherwise."""
    doctor, by, now = how.pop("doctor", None), how.pop("by", cast.receptionist), how.pop("now", at(hour))
    booked = await appointments.book_at(cast.wish(at(hour), doctor=doctor), by=cast.asha, now=NOW)
    values = {"amount": FEE, "due": FEE, "method": Method.CASH} | how
    return await desk_payments.take(booked.id, Tender(**values), key=str(uuid4()), by=by, now=now)


async def seen(cast: Cast) -> CashDay:
    return await cash_day.cash_day(cast.clinic_id, DAY)


async def only(cast: Cast) -> Sheet:
    (sheet,) = (await seen(cast)).sheets
    return sheet


async def closed(cast: Cast, counted: int, **how) -> int:
    how = {"by": cast.receptionist, "now": at(19)} | how
    sheet = (await seen(cast)).sheets[-1]
    return await cash_sheets.close(sheet.id, counted, version=how.pop("version", sheet.version), **how)


async def test_it_adds_up_by_method_doctor_and_person(cast: Cast) -> None:
    await write("UPDATE users SET name = 'Boss' WHERE id = :id", id=cast.admin.user_id)
    colleague = await another_doctor(cast.doctor_id, name="Vd. Anil Rao")
    await cash_sheets.set_float(cast.clinic_id, 200000, by=cast.receptionist, now=at(9))
    await taken(cast, 9)
    await taken(cast, 10, method=Method.UPI, reference="123456789012")
    await taken(cast, 11, doctor=colleague, by=cast.admin)
    await taken(cast, 12, amount=30000, reason="A regular patient", doctor=colleague)
    wrong = await taken(cast, 15)
    await desk_payments.void(wrong.id, "Another doctor's", by=cast.admin, now=at(15, 10))
    sheet = await only(cast)
    assert (sheet.total, sheet.remitted, sheet.expected) == (3 * FEE + 30000, 20000, 200000 + 2 * FEE + 30000)
    figures = [
        [(each.name, each.amount, each.count) for each in sheet.totals(of)]
        for of in (lambda line: line.method, lambda line: line.doctor, lambda line: line.taker)
    ]
    assert figures[0] == [("cash", 2 * FEE + 30000, 3), ("upi", FEE, 1)]
    assert figures[1] == [("Vd. Meera Joshi", 2 * FEE, 2), ("Vd. Anil Rao", FEE + 30000, 2)]
    assert figures[2] == [("Front Desk", 2 * FEE + 30000, 3), ("Boss", FEE, 1)]
    last = sheet.lines[-1]
    assert (last.counts, last.voider, last.void_reason) == (False, "Boss", "Another doctor's")
    assert [line.remark for line in sheet.lines if line.remark] == ["A regular patient"]
    # Of patients nothing but their tokens.
    assert "Asha" not in repr(sheet)
    assert [line.token for line in sheet.lines if line.doctor == "Vd. Meera Joshi"] == [1, 2, 3]


async def test_closing_says_what_is_missing_and_who_counted(cast: Cast) -> None:
    await taken(cast, 10)
    assert await closed(cast, FEE - 2000) == -2000
    sheet = await only(cast)
    assert (sheet.is_closed, sheet.difference, sheet.closer, sheet.closed_at) == (True, -2000, "Front Desk", at(19))
    (event,), (entry,) = await events("CashSheetClosed"), await audited("CashSheetClosed")
    assert event.topics == [f"cash:{cast.clinic_id}"]
    assert (entry.details["counted"], entry.details["expected"]) == (FEE - 2000, FEE)
    with pytest.raises(SheetClosed):
        await closed(cast, FEE)


async def test_what_came_since_it_was_counted_makes_the_closing_stale(cast: Cast) -> None:
    await taken(cast, 10)
    before = (await only(cast)).version
    await taken(cast, 11)
    with pytest.raises(Stale):
        await closed(cast, FEE, version=before)
    assert not (await only(cast)).is_closed


async def test_after_closing_the_next_payment_opens_the_next_sheet(cast: Cast) -> None:
    await cash_sheets.set_float(cast.clinic_id, 7000, by=cast.receptionist, now=at(9))
    await taken(cast, 10)
    await closed(cast, FEE + 7000)
    await taken(cast, 11)
    first, second = (await seen(cast)).sheets
    assert (first.number, first.is_closed, len(first.lines)) == (1, True, 1)
    assert (second.number, second.is_closed, len(second.lines), second.opening_float) == (2, False, 1, 7000)
    with pytest.raises(NextSheetOpen):
        await cash_sheets.reopen(first.id, "Forgot a payment", by=cast.receptionist, now=at(19))
    await closed(cast, FEE + 7000)
    await cash_sheets.reopen(first.id, "Forgot a payment", by=cast.receptionist, now=at(19, 5))
    await taken(cast, 12)
    first, second = (await seen(cast)).sheets
    assert (len(first.lines), first.reopen_reason, first.reopener) == (2, "Forgot a payment", "Front Desk")
    assert (first.is_closed, first.counted, second.is_closed) == (False, None, True)
    (entry,) = await audited("CashSheetReopened")
    assert entry.details["counted"] == FEE + 7000
    assert "Forgot" not in repr(entry)


async def test_a_sheet_is_opened_again_only_with_a_reason(cast: Cast) -> None:
    await taken(cast, 10)
    sheet = await only(cast)
    with pytest.raises(Stale):
        await cash_sheets.reopen(sheet.id, "It is open", by=cast.receptionist, now=at(19))
    await closed(cast, FEE)
    for why, refused in ((" ", ReasonMissing), ("x" * 201, Invalid), (None, Invalid)):
        with pytest.raises(refused):
            await cash_sheets.reopen(sheet.id, why, by=cast.receptionist, now=at(19))
    assert (await only(cast)).is_closed


async def test_payments_and_closings_at_once_leave_a_sheet_that_adds_up(cast: Cast) -> None:
    members = await crowd(6)
    booked = [
        await appointments.book_at(cast.wish(at(9 + n // 2, 30 * (n % 2)), patient=m.patient_id), by=m.actor, now=NOW)
        for n, m in enumerate(members)
    ]
    await cash_sheets.set_float(cast.clinic_id, 0, by=cast.receptionist, now=at(9))
    sheet = await only(cast)
    cash = Tender(amount=FEE, due=FEE, method=Method.CASH)
    paying = [desk_payments.take(each.id, cash, key=str(n), by=cast.admin, now=at(12)) for n, each in enumerate(booked)]
    closing = [
        cash_sheets.close(sheet.id, 0, version=sheet.version + n, by=cast.receptionist, now=at(12)) for n in range(6)
    ]
    outcomes = await asyncio.gather(*paying, *closing, return_exceptions=True)
    assert all(isinstance(each, DeskPayment) for each in outcomes[:6])
    assert {type(each) for each in outcomes[6:]} <= {int, Stale, SheetClosed}
    sheets = (await seen(cast)).sheets
    assert sum(len(each.lines) for each in sheets) == 6
    for each in sheets:
        if each.is_closed:
            assert each.expected_then == each.expected
    assert [each.number for each in sheets] == list(range(1, len(sheets) + 1))
    assert sum(not each.is_closed for each in sheets) <= 1


async def test_a_payment_stands_on_the_day_of_the_clinics_own_clock(cast: Cast) -> None:
    late = at(23, 55)
    booked = await appointments.book_at(cast.wish(at(18)), by=cast.asha, now=NOW)
    cash = Tender(amount=20000, due=FEE, method=Method.CASH)
    await desk_payments.take(booked.id, cash, key="a", by=cast.receptionist, now=late)
    rest = Tender(amount=30000, due=30000, method=Method.CASH)
    await desk_payments.take(booked.id, rest, key="b", by=cast.receptionist, now=late + timedelta(minutes=10))
    days = [row.day for row in await many("SELECT day FROM cash_sheets ORDER BY day")]
    assert days == [DAY, DAY + timedelta(days=1)]


async def test_only_the_clinics_desk_and_administrators_see_and_keep_it(cast: Cast) -> None:
    await taken(cast, 10)
    sheet = await only(cast)
    for by in (cast.other_receptionist, cast.doctor, cast.other_doctor, cast.asha):
        for attempt in (
            cash_day.opened(cast.clinic_id, DAY, by=by, now=at(12)),
            cash_sheets.set_float(cast.clinic_id, 1, by=by, now=at(12)),
            cash_sheets.close(sheet.id, 1, version=sheet.version, by=by, now=at(12)),
            cash_sheets.reopen(sheet.id, "because", by=by, now=at(12)),
        ):
            with pytest.raises(NotAllowed):
                await attempt
    assert (await seen(cast)).version == sheet.version
    for by in (cast.receptionist, cast.admin):
        assert (await cash_day.opened(cast.clinic_id, DAY, by=by, now=at(12))).sheets
    assert [entry.object_id for entry in await audited("CashSheetRead")] == [f"{cast.clinic_id}:{DAY}"] * 2
    assert [each.clinic_id for each in await desks.desks(by=cast.receptionist)] == [cast.clinic_id]
    assert await desks.desks(by=cast.doctor) == []
    assert len(await desks.desks(by=cast.admin)) == 2
    for unknown in (desks.desk(10**6, by=cast.admin), cash_sheets.set_float(10**6, 1, by=cast.admin, now=at(12))):
        with pytest.raises(NotFound):
            await unknown
    with pytest.raises(NotFound):
        await cash_sheets.close(uuid4(), 1, version=1, by=cast.admin, now=at(12))


@pytest.mark.parametrize("wrong", [-1, 10**9, "100", 1.5, None, True])
async def test_what_is_no_amount_is_refused(cast: Cast, wrong: object) -> None:
    with pytest.raises(Invalid):
        await cash_sheets.set_float(cast.clinic_id, wrong, by=cast.receptionist, now=at(9))
    await taken(cast, 10)
    with pytest.raises(Invalid):
        await closed(cast, wrong)
    assert not (await only(cast)).is_closed


async def test_each_change_moves_the_rooms_version_and_tells_its_topic(cast: Cast) -> None:
    kind, args = KINDS["cash"], [str(cast.clinic_id), str(DAY)]
    versions = [(await kind.read(args, at(9))).version]

    async def moved() -> None:
        versions.append((await kind.read(args, at(9))).version)
        assert versions[-1] > versions[-2]

    await cash_sheets.set_float(cast.clinic_id, 100, by=cast.receptionist, now=at(9))
    await moved()
    paid = await taken(cast, 10)
    await moved()
    await desk_payments.void(paid.id, "A mistake", by=cast.receptionist, now=at(10))
    await moved()
    await closed(cast, 100)
    await moved()
    (sheet,) = (await seen(cast)).sheets
    await cash_sheets.reopen(sheet.id, "Too soon", by=cast.receptionist, now=at(19))
    await moved()
    told = ("CashFloatSet", "PaymentTaken", "PaymentVoided", "CashSheetClosed", "CashSheetReopened")
    for name in told:
        (event,) = await events(name)
        assert kind.topic(args) in event.topics
    assert (await one("SELECT count(*) AS n FROM audit_log WHERE action = ANY(:told)", told=list(told))).n == 5
