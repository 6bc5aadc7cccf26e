"""Whose days stand below: a title, and the doctor, to be chosen where there are several."""

from typing import Any

import reflex as rx

from aarogya_ui.words import t
from state.doctor_choice import Option


def titled(state: Any) -> rx.Component:
    """The head of a page of one doctor's; `state` has title, doctor, doctor_id, options and choose_doctor."""
    return rx.el.div(
        rx.el.h1(state.title),
        rx.cond(
            state.options.length() > 1,
            rx.el.label(
                rx.el.span(t("Doctor"), class_name="sr"),
                rx.el.select(rx.foreach(state.options, option), value=state.doctor_id, on_change=state.choose_doctor),
            ),
            rx.el.p(state.doctor, class_name="hint"),
        ),
    )


def option(each: rx.Var[Option]) -> rx.Component:
    """One that can be chosen in a list."""
    return rx.el.option(each.name, value=each.id)
