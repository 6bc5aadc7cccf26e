"""Taking a payment, alone or with the check-in: the buttons on a row, and the one sheet that they open."""

from typing import Any

import reflex as rx

from aarogya_ui.components.day_sheets import labelled, sheet
from aarogya_ui.words import t
from state.desk_payments import HERE, LATER, TAKE, DeskPayments


def pay_button(row: rx.Var, *, here: bool = False, kind: str = "quiet") -> rx.Component:
    """Opens the sheet for a row that has `id`, `version`, `patient`, `due` and `owes`; `here` checks in too."""
    data = {
        "data-opens": "pay",
        "data-appointment": row.id,
        "data-version": row.version,
        "data-due": row.due,
        "data-minor": row.due,
        "data-whom": row.patient,
        "data-owes": row.owes,
        "data-what": HERE if here else TAKE,
    }
    said = rx.fragment(t("Check in and take"), " ", row.owes) if here else rx.fragment(t("Take"), " ", row.owes)
    label: Any = rx.fragment(rx.el.span("+ ", aria_hidden=True), row.owes) if here else said
    spoken = t("Check in and take") if here else t("Take")
    return rx.cond(
        row.owes != "",
        rx.el.button(
            label,
            type="button",
            custom_attrs=data,
            aria_label=spoken + " " + row.owes + ": " + row.patient,
            class_name=f"{kind} pay",
        ),
    )


def paid_mark(row: rx.Var) -> rx.Component:
    """What was paid, and what is left of it."""
    return rx.cond(
        row.paid != "",
        rx.el.span(
            rx.cond(row.owes != "", t("Part paid"), t("Paid")),
            " ",
            row.paid,
            class_name=rx.cond(row.owes != "", "mark part-paid", "mark paid"),
        ),
    )


def payment_sheet() -> rx.Component:
    """How much, how, and which reference; why, where it is not what is left to pay."""
    return sheet(
        "pay",
        t("Payment"),
        DeskPayments.take,
        *(rx.el.input(name=name, type="hidden") for name in ("appointment", "version", "due", "key", "what")),
        rx.el.p(
            rx.el.strong(custom_attrs={"data-says": "whom"}),
            rx.el.span(t("to pay"), " ", rx.el.strong(custom_attrs={"data-says": "owes"}), class_name="to-pay"),
            class_name="whom",
        ),
        rx.el.fieldset(
            rx.el.legend(t("How")),
            *(_method(value, name) for value, name in (("cash", t("Cash")), ("card", t("Card")), ("upi", "UPI"))),
            class_name="methods",
        ),
        labelled(
            t("Amount"),
            rx.el.input(
                name="amount", input_mode="decimal", auto_complete="off", max_length=12, required=True, class_name="sum"
            ),
        ),
        rx.el.label(
            rx.el.span(t("Reference")),
            rx.el.input(name="reference", auto_complete="off", max_length=24, spell_check=False),
            rx.el.small(t("UPI: 12 digits. Card: the approval code on the slip."), class_name="hint"),
            class_name="field reference",
        ),
        rx.el.label(
            rx.el.span(t("Why another amount?")),
            rx.el.input(name="reason", auto_complete="off", max_length=200),
            rx.el.small(
                t("Less with a reason: the rest is let off. Less without one: the rest is still to pay."),
                class_name="hint",
            ),
            class_name="field other-amount",
        ),
        action=rx.fragment(
            # The first of them is pressed by Enter.
            rx.el.button(
                rx.el.span(t("Check in and take it"), class_name="with-check-in"),
                rx.el.span(t("Take it"), class_name="without-check-in"),
                type="submit",
                class_name="primary",
            ),
            rx.el.button(
                t("Check in, pays later"),
                type="submit",
                value=LATER,
                form_no_validate=True,
                class_name="quiet with-check-in",
            ),
        ),
        kind="payment",
    )


def _method(value: str, name: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(name="method", type="radio", value=value, default_checked=value == "cash"),
        rx.el.span(name),
    )
