"""The cash sheet's question why a payment is voided, and what became of the last action."""

import reflex as rx

from aarogya_ui.words import t
from state.cash import Cash


def void_sheet() -> rx.Component:
    """The script fills in which payment: assets/day.js."""
    return rx.el.dialog(
        rx.el.form(
            rx.el.h2(t("Void this payment?")),
            rx.el.p(
                rx.el.strong(custom_attrs={"data-says": "amount"}),
                " · ",
                t("Token"),
                " ",
                rx.el.strong(custom_attrs={"data-says": "token"}),
            ),
            rx.el.p(t("It stays on the sheet, struck out, and counts no more."), class_name="hint"),
            rx.el.input(name="payment", type="hidden"),
            rx.el.label(
                rx.el.span(t("Why?")),
                rx.el.input(name="reason", auto_complete="off", min_length=3, max_length=200, required=True),
                class_name="field",
            ),
            rx.cond(Cash.refusal != "", rx.el.p(Cash.refusal, class_name="refusal", role="alert")),
            rx.el.div(
                rx.el.button(t("Close"), type="button", custom_attrs={"data-closes": ""}, class_name="quiet"),
                rx.el.button(t("Void it"), type="submit", class_name="danger"),
                class_name="row",
            ),
            on_submit=Cash.void,
        ),
        id="void",
        aria_label=t("Void this payment?"),
        class_name="sheet",
    )


def outcome() -> rx.Component:
    """A sentence at the foot of the page; `data-answered` tells the script that the page may act again."""
    return rx.el.div(
        rx.el.div(
            rx.cond(
                Cash.refusal != "",
                rx.el.p(Cash.refusal, class_name="toast refused"),
                rx.cond(Cash.said != "", rx.el.p(Cash.said, class_name="toast")),
            ),
            role="status",
            aria_live="polite",
        ),
        rx.cond(
            Cash.refusal + Cash.said != "",
            rx.el.button("×", type="button", on_click=Cash.put_away, aria_label=t("Close"), class_name="quiet"),
        ),
        custom_attrs={"data-answered": Cash.answered},
        class_name="toasts off-paper",
    )
