"""What the cash sheet shows: each payment, the sums by method, doctor and person, and the drawer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import reflex as rx

from core.words import N_, words
from services.cash_day import CashDay, Line, Sheet, Total
from state.rows import day_time, money

METHODS = {"cash": N_("Cash"), "card": N_("Card"), "upi": N_("UPI")}

LET_OFF = N_("{amount} let off")
OVER = N_("{amount} too much")
SHORT = N_("{amount} missing")
EVEN = N_("It adds up.")
BY_AT = N_("{name}, {time}")


@dataclass(frozen=True)
class LineRow:
    """One payment of the sheet; of one that was voided also by whom, when and why."""

    id: str
    time: str
    token: str
    doctor: str
    method: str
    reference: str
    amount: str
    let_off: str
    remark: str
    taker: str
    counts: bool
    voided: str
    void_reason: str


@dataclass(frozen=True)
class TotalRow:
    """A sum, and of how many payments."""

    name: str
    amount: str
    count: int


@dataclass(frozen=True)
class SheetRow:
    """One sheet of the day. `plain_…` is an amount as it is typed; `standing` is even, over or short."""

    id: str
    version: int
    number: int
    opened: str
    opening_float: str
    plain_float: str
    expected: str
    plain_expected: str
    counted: str
    difference: str
    standing: str
    closed: str
    reopened: str
    reopen_reason: str
    is_closed: bool
    total: str
    remitted: str
    count: int
    lines: list[LineRow] = field(default_factory=list)
    methods: list[TotalRow] = field(default_factory=list)
    doctors: list[TotalRow] = field(default_factory=list)
    takers: list[TotalRow] = field(default_factory=list)


class LiveCash(rx.State):
    """A clinic's cash sheets of one day."""

    version: int = -1
    sheets: list[SheetRow] = []
    is_open: bool = False


def cash_fields(view: CashDay, language: str, now: datetime) -> dict[str, Any]:
    """The fields of LiveCash."""
    return {
        "sheets": [_sheet(each, view.zone, language) for each in view.sheets],
        "is_open": any(not each.is_closed for each in view.sheets),
    }


def typed(minor: int) -> str:
    """Minor units as they stand in a field: `500`, or `12.50`."""
    return str(minor // 100) if minor % 100 == 0 else f"{minor / 100:.2f}"


def _sheet(each: Sheet, zone: str, language: str) -> SheetRow:
    gettext = words(language).gettext

    def said(minor: int) -> str:
        return money(minor, each.currency, language)

    def by_at(name: str, at: datetime | None) -> str:
        return gettext(BY_AT).format(name=name, time=day_time(at, zone, language)) if at else ""

    def totals(found: list[Total]) -> list[TotalRow]:
        return [TotalRow(total.name, said(total.amount), total.count) for total in found]

    standing = "even" if not each.difference else "over" if each.difference > 0 else "short"
    sentence = {"even": EVEN, "over": OVER, "short": SHORT}[standing]
    return SheetRow(
        id=str(each.id),
        version=each.version,
        number=each.number,
        opened=by_at(each.opener, each.opened_at),
        opening_float=said(each.opening_float),
        plain_float=typed(each.opening_float),
        expected=said(each.expected),
        plain_expected=typed(each.expected),
        counted=said(each.counted) if each.counted is not None else "",
        difference=gettext(sentence).format(amount=said(abs(each.difference))) if each.is_closed else "",
        standing=standing,
        closed=by_at(each.closer, each.closed_at),
        reopened=by_at(each.reopener, each.reopened_at),
        reopen_reason=each.reopen_reason,
        is_closed=each.is_closed,
        total=said(each.total),
        remitted=said(each.remitted) if each.remitted else "",
        count=sum(line.counts for line in each.lines),
        lines=[_line(line, each.currency, zone, language) for line in each.lines],
        methods=totals(each.totals(lambda line: gettext(METHODS[line.method]))),
        doctors=totals(each.totals(lambda line: line.doctor)),
        takers=totals(each.totals(lambda line: line.taker)),
    )


def _line(line: Line, currency: str, zone: str, language: str) -> LineRow:
    gettext = words(language).gettext
    let_off = gettext(LET_OFF).format(amount=money(line.remitted, currency, language)) if line.remitted else ""
    at = day_time(line.voided_at, zone, language) if line.voided_at else ""
    return LineRow(
        id=str(line.id),
        time=day_time(line.taken_at, zone, language),
        token=str(line.token or ""),
        doctor=line.doctor,
        method=line.method,
        reference=line.reference,
        amount=money(line.amount, currency, language),
        let_off=let_off,
        remark=line.remark,
        taker=line.taker,
        counts=line.counts,
        voided=gettext(BY_AT).format(name=line.voider, time=at) if at else "",
        void_reason=line.void_reason,
    )
