"""A clinic's cash sheets: the one that takes today's payments, what lay in the drawer, closing and opening again.

A sheet is locked after any doctor's day, never before.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from core.crypto import seal
from core.db import Transaction, transaction
from core.errors import DomainError, Invalid, NotFound, Stale
from core.events import Event
from core.tables import table
from core.words import N_
from models import CashSheet, Clinic, DeskPayment
from models.desk_payment import Method
from services import inputs, trail
from services.desks import Desk
from services.permissions import Actor, require
from services.walls import local_day

MOST = 100_000_000
"""Minor units of one payment, and of what a drawer may hold."""

SHORTEST_REASON, LONGEST_REASON = 3, 200
"""Characters."""

# The next number of the day; what lay in the drawer at first is as the last time, until somebody says otherwise.
BEGIN = text("""
    INSERT INTO cash_sheets (id, clinic_id, day, number, currency, opening_float, version, opened_by, opened_at)
    SELECT :id, :clinic, :day, 1 + coalesce(max(number) FILTER (WHERE day = :day), 0),
        CAST(:currency AS varchar),
        coalesce((SELECT opening_float FROM cash_sheets
            WHERE clinic_id = :clinic AND currency = CAST(:currency AS varchar)
            ORDER BY opened_at DESC LIMIT 1), 0), 1, :by, :now
    FROM cash_sheets WHERE clinic_id = :clinic
    ON CONFLICT DO NOTHING RETURNING id
""")

CURRENCY = text("""
    SELECT currency FROM doctors WHERE clinic_id = :clinic GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1
""")


class SheetClosed(DomainError):
    """What stands on it stands."""

    code = "sheet_closed"
    message = N_("This cash sheet is closed. Open it again first, and say why.")


class NextSheetOpen(DomainError):
    """A day has one open sheet at most."""

    code = "next_sheet_open"
    message = N_("The next sheet of this day is open. Close it first.")


class ReasonMissing(DomainError):
    """Nothing, or next to nothing, was said."""

    code = "reason_missing"
    message = N_("Say why in a few words.")


def topic(clinic_id: int) -> str:
    """What moves the views of a clinic's sheets."""
    return f"cash:{clinic_id}"


def reason(typed: Any) -> str:
    """Why, in a few words. Raises Invalid, ReasonMissing."""
    if not isinstance(typed, str) or len(typed) > LONGEST_REASON:
        raise Invalid(field="reason")
    if len(plain := inputs.plain(typed).strip()) < SHORTEST_REASON:
        raise ReasonMissing
    return plain


def money(value: Any, field: str) -> int:
    """An amount in minor units. Raises Invalid."""
    if type(value) is not int or not 0 <= value <= MOST:
        raise Invalid(field=field)
    return value


async def todays(tx: Transaction, clinic_id: int, currency: str, *, by: Actor, now: datetime) -> CashSheet:
    """The sheet that takes payments now, locked; a new one where none of today is open. Raises NotFound."""
    day = await _today(tx, clinic_id, now)
    values = {"clinic": clinic_id, "day": day, "currency": currency, "by": by.user_id, "now": now}
    open_now = (
        select(table(CashSheet))
        .where(col(CashSheet.clinic_id) == clinic_id, col(CashSheet.day) == day, col(CashSheet.currency) == currency)
        .where(col(CashSheet.closed_at).is_(None))
        .with_for_update()
    )
    while (row := (await tx.execute(open_now)).first()) is None:
        # Of two at once one makes it, and the other finds it in the next turn.
        if (made := (await tx.execute(BEGIN, values | {"id": uuid4()})).scalar_one_or_none()) is not None:
            _record(tx, "CashSheetOpened", made, clinic_id, day, {}, by=by, now=now)
    return CashSheet(**row._mapping)


async def locked(tx: Transaction, sheet_id: UUID) -> CashSheet:
    """A sheet that stays as it is until the transaction ends. Raises NotFound."""
    query = select(table(CashSheet)).where(col(CashSheet.id) == inputs.number(sheet_id, "sheet_id")).with_for_update()
    if (row := (await tx.execute(query)).first()) is None:
        raise NotFound(sheet_id=str(sheet_id))
    return CashSheet(**row._mapping)


def require_open(sheet: CashSheet) -> None:
    """Raise SheetClosed where it takes nothing more."""
    if sheet.closed_at is not None:
        raise SheetClosed


async def changed(tx: Transaction, sheet: CashSheet, **values: Any) -> None:
    """Set columns of a sheet that is locked, and count the change."""
    mine = update(CashSheet).where(col(CashSheet.id) == sheet.id)
    await tx.execute(mine.values(version=col(CashSheet.version) + 1, **values))


async def set_float(clinic_id: int, amount: int, *, by: Actor, now: datetime) -> None:
    """What lies in the drawer before today's first payment of the open sheet. Raises NotAllowed, NotFound, Invalid."""
    clinic_id = inputs.identity(clinic_id, "clinic_id")
    require(by, "run_desk", Desk(clinic_id))
    amount = money(amount, "float")
    async with transaction() as tx:
        currency = (await tx.execute(CURRENCY, {"clinic": clinic_id})).scalar_one_or_none() or "INR"
        sheet = await todays(tx, clinic_id, currency, by=by, now=now)
        await changed(tx, sheet, opening_float=amount)
        _tell(tx, "CashFloatSet", sheet, {"before": sheet.opening_float, "after": amount}, by=by, now=now)


async def close(sheet_id: UUID, counted: int, *, version: int, by: Actor, now: datetime) -> int:
    """Nothing more comes onto it; by how much more than expected was counted, less than nought where it was less.

    Raises NotFound, NotAllowed, Invalid, SheetClosed, Stale where something came onto it since `version`.
    """
    async with transaction() as tx:
        sheet = await _for_desk(tx, sheet_id, by)
        counted = money(counted, "counted")
        require_open(sheet)
        if version != sheet.version:
            raise Stale
        expected = sheet.opening_float + await _cash(tx, sheet)
        await changed(tx, sheet, counted=counted, expected=expected, closed_by=by.user_id, closed_at=now)
        _tell(tx, "CashSheetClosed", sheet, {"counted": counted, "expected": expected}, by=by, now=now)
        return counted - expected


async def reopen(sheet_id: UUID, why: str, *, by: Actor, now: datetime) -> None:
    """It takes payments again. Raises NotFound, NotAllowed, ReasonMissing, Stale where it is open, NextSheetOpen."""
    try:
        async with transaction() as tx:
            sheet = await _for_desk(tx, sheet_id, by)
            why = reason(why)
            if sheet.closed_at is None:
                raise Stale
            closing = dict.fromkeys(("counted", "expected", "closed_by", "closed_at"))
            sealed = seal(why, about=f"cash_sheets.reopen_reason:{sheet.id}")
            again = {"reopened_by": by.user_id, "reopened_at": now, "reopen_reason_sealed": sealed}
            await changed(tx, sheet, **closing, **again)
            details = {"counted": sheet.counted, "expected": sheet.expected}
            _tell(tx, "CashSheetReopened", sheet, details, by=by, now=now)
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation) and error.orig.diag.constraint_name == "ux_cash_sheets_open":
            raise NextSheetOpen from error
        raise


async def _for_desk(tx: Transaction, sheet_id: UUID, by: Actor) -> CashSheet:
    sheet = await locked(tx, sheet_id)
    require(by, "run_desk", sheet)
    return sheet


async def _today(tx: Transaction, clinic_id: int, now: datetime) -> date:
    query = select(col(Clinic.time_zone)).where(col(Clinic.id) == clinic_id)
    if (zone := (await tx.execute(query)).scalar_one_or_none()) is None:
        raise NotFound(clinic_id=clinic_id)
    return local_day(now, zone)


async def _cash(tx: Transaction, sheet: CashSheet) -> int:
    """What came into the drawer."""
    query = select(func.coalesce(func.sum(col(DeskPayment.amount)), 0)).where(
        col(DeskPayment.sheet_id) == sheet.id,
        col(DeskPayment.method) == Method.CASH,
        col(DeskPayment.voided_at).is_(None),
    )
    return int((await tx.execute(query)).scalar_one())


def _tell(tx: Transaction, kind: str, sheet: CashSheet, details: dict[str, Any], *, by: Actor, now: datetime) -> None:
    data = {"clinic_id": sheet.clinic_id, "day": sheet.day.isoformat(), "sheet_id": str(sheet.id)}
    tx.announce(Event(kind=kind, topics=(topic(sheet.clinic_id),), data=data, occurred_at=now))
    _record(tx, kind, sheet.id, sheet.clinic_id, sheet.day, details, by=by, now=now)


def _record(
    tx: Transaction,
    kind: str,
    sheet_id: UUID,
    clinic_id: int,
    day: date,
    details: dict[str, Any],
    *,
    by: Actor,
    now: datetime,
) -> None:
    about = {"clinic_id": clinic_id, "day": day.isoformat()} | details
    tx.record(trail.entry(by, kind, ("cash_sheet", str(sheet_id)), now=now, details=about))
