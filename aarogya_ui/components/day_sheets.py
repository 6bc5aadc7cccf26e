"""The sheets of the dashboard that ask something: who walked in, to whom one is sent. assets/day.js opens them."""

from typing import Any

import reflex as rx

from aarogya_ui.components.doctor_choice import option
from aarogya_ui.words import t
from state.day import Day
from state.day_actions import DayActions
from state.doctor_choice import Option
from state.live import LiveDay


def walk_in_button() -> rx.Component:
    """Only on the day itself."""
    data = {"data-opens": "walk-in", "data-key": "w"}
    return rx.cond(
        LiveDay.is_today, rx.el.button(t("Add walk-in"), type="button", custom_attrs=data, class_name="primary")
    )


def walk_in_sheet() -> rx.Component:
    """Someone came without an appointment."""
    return _sheet(
        "walk-in",
        t("Add walk-in"),
        t("Add"),
        DayActions.walk_in,
        _field(t("Name"), rx.el.input(name="name", auto_complete="off", max_length=120, required=True)),
        _field(
            t("Phone number"),
            rx.el.input(name="phone", type="tel", auto_complete="off", max_length=24, required=True),
        ),
        _field(
            t("Comes for"),
            rx.el.select(
                rx.el.option(t("First visit"), value="first_visit"),
                rx.el.option(t("Follow-up"), value="follow_up"),
                rx.el.option("Panchakarma", value="panchakarma"),
                name="visit",
            ),
        ),
        rx.el.label(
            rx.el.input(name="emergency", type="checkbox"),
            rx.el.span(t("Emergency: goes in first")),
            class_name="check",
        ),
    )


def send_sheet() -> rx.Component:
    """One who waits, or is inside, goes on to a colleague or a therapist; the script fills in who."""
    return _sheet(
        "send",
        t("Send on"),
        t("Send"),
        DayActions.send,
        rx.el.p(class_name="who"),
        rx.el.input(name="appointment", type="hidden"),
        rx.el.input(name="version", type="hidden"),
        _field(
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
    )


def _among(name: str, people: rx.Var[list[Option]]) -> rx.Component:
    return rx.cond(people.length() > 0, rx.el.optgroup(rx.foreach(people, option), label=name))


def _field(name: str, control: rx.Component) -> rx.Component:
    return rx.el.label(rx.el.span(name), control, class_name="field")


def _sheet(identity: str, title: str, action: str, event: Any, *fields: rx.Component) -> rx.Component:
    return rx.el.dialog(
        rx.el.form(
            rx.el.h2(title),
            *fields,
            rx.cond(DayActions.refusal != "", rx.el.p(DayActions.refusal, class_name="refusal", role="alert")),
            rx.el.div(
                rx.el.button(t("Close"), type="button", custom_attrs={"data-closes": ""}, class_name="quiet"),
                rx.el.button(action, type="submit", class_name="primary"),
                class_name="row",
            ),
            on_submit=event,
        ),
        id=identity,
        aria_label=title,
        class_name="sheet",
    )
