"""What stands above the desk's grid: which clinic, which days, whose columns; and whether the patient is told."""

import reflex as rx

from aarogya_ui.components.desk_walk_in import walk_in_button
from aarogya_ui.components.doctor_choice import option
from aarogya_ui.components.find_patient import find_patient
from aarogya_ui.words import path, t
from state.desk import Desk


def desk_head() -> rx.Component:
    """One line where there is room for it."""
    return rx.el.header(
        rx.el.div(
            rx.el.h1(Desk.title),
            rx.cond(
                Desk.clinics.length() > 1,
                _choice(t("Branch"), Desk.clinics, Desk.clinic_id, Desk.choose_clinic),
                rx.el.p(Desk.clinic, class_name="hint"),
            ),
            class_name="of-what",
        ),
        find_patient(lambda patient: rx.redirect(path("/patients") + "?patient=" + patient.to(str))),
        rx.cond(Desk.is_today & ~Desk.is_own, walk_in_button(Desk.clinic_id)),
        rx.el.div(
            _turn(),
            _days(),
            rx.cond(~Desk.is_own, _columns()),
            _tells(),
            class_name="tools",
        ),
    )


def _turn() -> rx.Component:
    return rx.el.div(
        rx.el.button("‹", on_click=Desk.turn(-1), aria_label=t("Before"), class_name="quiet"),
        rx.el.button(t("Today"), on_click=Desk.go_to_today, disabled=Desk.is_today, class_name="quiet"),
        rx.el.button("›", on_click=Desk.turn(1), aria_label=t("After"), class_name="quiet"),
        rx.el.input(type="date", value=Desk.day, on_change=Desk.choose_day, aria_label=t("Day"), class_name="date"),
        class_name="turn",
    )


def _days() -> rx.Component:
    return rx.el.div(
        *[
            rx.el.button(name, on_click=Desk.choose_days(days), aria_pressed=Desk.days == days)
            for days, name in ((1, t("Day")), (3, t("3 days")), (7, t("Week")))
        ],
        role="group",
        aria_label=t("How many days"),
        class_name="choices-in-line",
    )


def _columns() -> rx.Component:
    """What the columns are, and which of them."""
    return rx.fragment(
        rx.el.div(
            *[
                rx.el.button(name, on_click=Desk.choose_kind(kind), aria_pressed=Desk.kind == kind)
                for kind, name in (("doctor", t("Doctors")), ("therapist", t("Therapists")), ("room", t("Rooms")))
            ],
            role="group",
            aria_label=t("Columns"),
            class_name="choices-in-line",
        ),
        rx.cond(
            Desk.offered.length() > 1,
            rx.el.label(
                rx.el.span(t("Show"), class_name="sr"),
                rx.el.select(
                    rx.el.option(t("All columns"), value=""),
                    rx.foreach(Desk.offered, option),
                    value=Desk.only,
                    on_change=Desk.choose_only,
                ),
                class_name="only",
            ),
        ),
    )


def _choice(name: str, options: rx.Var, value: rx.Var[str], choose: object) -> rx.Component:
    return rx.el.label(
        rx.el.span(name, class_name="sr"), rx.el.select(rx.foreach(options, option), value=value, on_change=choose)
    )


def _tells() -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", id="tells", default_checked=True),
        rx.el.span(t("Tell the patient")),
        class_name="check",
    )
