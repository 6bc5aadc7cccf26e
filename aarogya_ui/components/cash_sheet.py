"""One cash sheet: its sums, its payments, and the drawer."""

import reflex as rx

from aarogya_ui.words import t
from state.cash import Cash
from state.cash_rows import LineRow, SheetRow, TotalRow


def sheet(row: rx.Var[SheetRow]) -> rx.Component:
    """As it stands."""
    return rx.el.section(
        rx.el.header(
            rx.el.h2(t("Sheet"), " ", row.number),
            rx.el.p(
                rx.cond(
                    row.is_closed,
                    rx.fragment(t("Closed by"), " ", row.closed),
                    rx.fragment(t("Opened by"), " ", row.opened),
                ),
                class_name="hint",
            ),
            rx.cond(
                row.reopened != "",
                rx.el.p(t("Opened again by"), " ", row.reopened, ": ", row.reopen_reason, class_name="hint"),
            ),
        ),
        rx.el.div(
            rx.el.div(
                rx.el.p(t("Taken"), class_name="caption"),
                rx.el.p(row.total, class_name="sum"),
                rx.el.p(
                    row.count,
                    " ",
                    rx.cond(row.count == 1, t("payment"), t("payments")),
                    rx.cond(row.remitted != "", rx.fragment(" · ", row.remitted, " ", t("let off")), rx.fragment()),
                    class_name="hint",
                ),
                class_name="altogether",
            ),
            _totals(t("By method"), row.methods),
            _totals(t("By doctor"), row.doctors),
            _totals(t("By who took it"), row.takers),
            class_name="sums",
        ),
        rx.cond(row.lines.length() > 0, _lines(row)),
        _drawer(row),
        key=row.id,
        class_name="cash-sheet",
    )


def _totals(name: str, totals: rx.Var[list[TotalRow]]) -> rx.Component:
    return rx.el.div(
        rx.el.h3(name),
        rx.el.dl(
            rx.foreach(
                totals,
                lambda total: rx.el.div(
                    rx.el.dt(total.name, " ", rx.el.small("× ", total.count)), rx.el.dd(total.amount), key=total.name
                ),
            )
        ),
        class_name="totals",
    )


def _lines(row: rx.Var[SheetRow]) -> rx.Component:
    return rx.el.table(
        rx.el.caption(t("Payments of sheet"), " ", row.number, class_name="sr"),
        rx.el.thead(
            rx.el.tr(
                *(
                    rx.el.th(name, scope="col", class_name=kind)
                    for name, kind in (
                        (t("Time"), "at"),
                        (t("Token"), "token"),
                        (t("Doctor"), "whose"),
                        (t("How"), "means"),
                        (t("Taken by"), "taker"),
                        (t("Amount"), "amount"),
                    )
                ),
                rx.cond(
                    row.is_closed,
                    rx.fragment(),
                    rx.el.th(rx.el.span(t("Actions"), class_name="sr"), scope="col", class_name="off-paper"),
                ),
            )
        ),
        rx.el.tbody(rx.foreach(row.lines, lambda line: _line(line, row.is_closed))),
    )


def _line(line: rx.Var[LineRow], is_closed: rx.Var[bool]) -> rx.Component:
    data = {"data-opens": "void", "data-payment": line.id, "data-amount": line.amount, "data-token": line.token}
    return rx.el.tr(
        rx.el.td(line.time, class_name="at"),
        rx.el.td(line.token, class_name="token"),
        rx.el.td(line.doctor, class_name="whose"),
        rx.el.td(
            method(line.method),
            rx.cond(line.reference != "", rx.el.small(line.reference, class_name="reference")),
            class_name="means",
        ),
        rx.el.td(line.taker, class_name="taker"),
        rx.el.td(
            rx.el.span(line.amount, class_name="figure"),
            rx.cond(line.let_off != "", rx.el.small(line.let_off)),
            rx.cond(line.remark != "", rx.el.small(line.remark)),
            rx.cond(
                line.counts,
                rx.fragment(),
                rx.el.small(t("Voided by"), " ", line.voided, ": ", line.void_reason, class_name="voided-by"),
            ),
            class_name="amount",
        ),
        rx.cond(
            is_closed,
            rx.fragment(),
            rx.el.td(
                rx.cond(
                    line.counts,
                    rx.el.button(
                        t("Void"),
                        type="button",
                        custom_attrs=data,
                        aria_label=t("Void") + ": " + line.amount + ", " + line.time,
                        class_name="quiet",
                    ),
                ),
                class_name="acts off-paper",
            ),
        ),
        key=line.id,
        class_name=rx.cond(line.counts, "payment-line", "payment-line voided"),
    )


def method(code: rx.Var[str]) -> rx.Component:
    """How it was paid, in words."""
    return rx.match(code, ("cash", t("Cash")), ("card", t("Card")), ("upi", t("UPI")), "")


def _drawer(row: rx.Var[SheetRow]) -> rx.Component:
    """What should lie in it and, at the end, what does."""
    return rx.el.div(
        rx.el.h3(t("The drawer")),
        rx.el.dl(
            _fact(t("Opening float"), row.opening_float),
            _fact(t("Should be in it"), row.expected),
            rx.cond(row.is_closed, _fact(t("Was counted"), row.counted)),
            rx.cond(row.is_closed, _fact(t("Difference"), row.difference, kind=row.standing)),
        ),
        rx.cond(row.is_closed, _reopen(row), rx.fragment(_closing(row), rx.cond(Cash.is_today, _float(row)))),
        class_name="drawer",
    )


def _fact(name: str, value: rx.Var[str], *, kind: rx.Var[str] | str = "") -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(value), class_name=kind)


def _closing(row: rx.Var[SheetRow]) -> rx.Component:
    return rx.el.form(
        rx.el.input(name="sheet", type="hidden", value=row.id, read_only=True),
        rx.el.input(name="version", type="hidden", value=row.version.to_string(), read_only=True),
        rx.el.label(
            rx.el.span(t("Counted cash")),
            rx.el.input(name="counted", input_mode="decimal", auto_complete="off", max_length=12, required=True),
            class_name="field",
        ),
        rx.el.button(t("Close the sheet"), type="submit", class_name="primary"),
        on_submit=Cash.close,
        class_name="closing off-paper",
    )


def _float(row: rx.Var[SheetRow]) -> rx.Component:
    return rx.el.details(
        rx.el.summary(t("Another opening float")),
        rx.el.form(
            rx.el.input(name="clinic", type="hidden", value=Cash.clinic_id, read_only=True),
            rx.el.label(
                rx.el.span(t("Opening float")),
                rx.el.input(
                    name="float",
                    input_mode="decimal",
                    auto_complete="off",
                    max_length=12,
                    required=True,
                    default_value=row.plain_float,
                    key=row.plain_float,
                ),
                class_name="field",
            ),
            rx.el.button(t("Note it"), type="submit", class_name="quiet"),
            on_submit=Cash.note_float,
            class_name="closing",
        ),
        class_name="off-paper",
    )


def _reopen(row: rx.Var[SheetRow]) -> rx.Component:
    return rx.el.details(
        rx.el.summary(t("Open it again")),
        rx.el.form(
            rx.el.input(name="sheet", type="hidden", value=row.id, read_only=True),
            rx.el.label(
                rx.el.span(t("Why?")),
                rx.el.input(name="reason", auto_complete="off", min_length=3, max_length=200, required=True),
                class_name="field",
            ),
            rx.el.button(t("Open it again"), type="submit", class_name="quiet"),
            on_submit=Cash.reopen,
            class_name="closing",
        ),
        class_name="off-paper",
    )
