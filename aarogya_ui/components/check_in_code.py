"""The clinic's code of the day, as the staff's screens show it, and the way to the waiting room's display."""

import reflex as rx

from aarogya_ui.words import path, t
from state.check_in_code import CheckInCode


def check_in_code(doctor_id: rx.Var[str]) -> rx.Component:
    """The code at one's own clinic or, for who has none, at that of the doctor whose day is shown."""
    return rx.cond(doctor_id != "", _code(doctor_id))


def _code(doctor_id: rx.Var[str]) -> rx.Component:
    return rx.el.aside(
        rx.el.p(
            rx.el.span(t("Code of the day")),
            # A dash keeps its place until it has come.
            rx.el.strong(rx.cond(CheckInCode.code != "", CheckInCode.code, "····")),
            class_name="code-of-day",
        ),
        rx.el.p(CheckInCode.clinic, rx.el.br(), t("Patients type it on their phone to check in."), class_name="hint"),
        rx.cond(
            CheckInCode.board != "",
            rx.el.a(t("Waiting room display"), href=path("") + CheckInCode.board, target="_blank", class_name="quiet"),
        ),
        on_mount=CheckInCode.show(doctor_id),
        class_name="check-in-code",
    )
