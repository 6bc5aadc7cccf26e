"""`I am here`: the patient says it himself, with the code of the day that the front desk shows."""

import reflex as rx

from aarogya_ui.words import t
from state.visit import Visit


def arrival() -> rx.Component:
    """For one who is still to come: a wrong code is told within the form."""
    return rx.el.form(
        rx.el.h2(t("Are you here?")),
        rx.el.label(
            rx.el.span(t("Code of the day, from the front desk")),
            rx.el.input(
                name="code",
                type="text",
                input_mode="numeric",
                auto_complete="off",
                max_length=8,
                required=True,
                placeholder="····",
                class_name="code",
            ),
            class_name="field",
        ),
        rx.cond(Visit.refusal != "", rx.el.p(Visit.refusal, class_name="refusal", role="alert")),
        rx.el.button(t("I am here"), type="submit", class_name="primary"),
        on_submit=Visit.arrive,
        class_name="arrival panel",
    )
