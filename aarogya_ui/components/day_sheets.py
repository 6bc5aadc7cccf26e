"""The sheet of the dashboard for whoever is sent to a colleague, and what every sheet is made of: assets/day.js."""

from typing import Any

import reflex as rx

from aarogya_ui.components.doctor_choice import option
from aarogya_ui.words import t
from state.day import Day
from state.day_actions import DayActions
from state.doctor_choice import Option


def send_sheet() -> rx.Component:
    """One who waits, or is inside, goes on to a colleague or a therapist; the script fills in who."""
    return sheet(
        "send",
        t("Send on"),
        DayActions.send,
        rx.el.p(class_name="who", custom_attrs={"data-says": "who"}),
        rx.el.input(name="appointment", type="hidden"),
        rx.el.input(name="version", type="hidden"),
        labelled(
            t("To whom"),
            rx.el.select(
                _among(t("Doctors"), Day.colleagues), _among(t("Therapists"), Day.therapists), name="to", required=True
            ),
        ),
        rx.cond(
            Day.therapists.length() > 0,
            rx.el.p(
                t("With a therapist: a Panchakarma session as soon as doctor, therapist and a room are free."),
                class_name="hint",
            ),
        ),
        action=t("Send"),
    )


def _among(name: str, people: rx.Var[list[Option]]) -> rx.Component:
    return rx.cond(people.length() > 0, rx.el.optgroup(rx.foreach(people, option), label=name))


def labelled(name: str, control: rx.Component) -> rx.Component:
    """A control under its name."""
    return rx.el.label(rx.el.span(name), control, class_name="field")


def sheet(
    identity: str, title: str, event: Any, *fields: rx.Component, action: str | rx.Component, kind: str = ""
) -> rx.Component:
    """A form over the page, that says what was refused; `action` is its button's words, or the buttons themselves."""
    return rx.el.dialog(
        rx.el.form(
            rx.el.h2(title),
            *fields,
            rx.cond(DayActions.refusal != "", rx.el.p(DayActions.refusal, class_name="refusal", role="alert")),
            rx.el.div(
                rx.el.button(t("Close"), type="button", custom_attrs={"data-closes": ""}, class_name="quiet"),
                rx.el.button(action, type="submit", class_name="primary") if isinstance(action, str) else action,
                class_name="row",
            ),
            on_submit=event,
        ),
        id=identity,
        aria_label=title,
        class_name=f"sheet {kind}".strip(),
    )
