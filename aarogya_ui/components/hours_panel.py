"""The editor of a doctor's hours, with what they make beside each day and whom they strand below."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from aarogya_ui.components.doctor_choice import option
from aarogya_ui.components.stranded import stranded
from aarogya_ui.words import t
from state.hours import Hours
from state.ruled import Ruled
from state.stretches import Pause, Stretch


def hours_panel() -> rx.Component:
    """The editor, while it is open."""
    return rx.cond(
        Hours.is_open,
        rx.el.section(
            _head(),
            rx.cond(Hours.error != "", rx.el.p(Hours.error, class_name="refusal", role="alert")),
            _said(),
            rx.el.ol(rx.foreach(Hours.days, _day), class_name="ruled"),
            stranded(Hours.stranded, Hours.choose),
            rx.el.div(
                rx.el.button(
                    t("Save the hours"),
                    on_click=Hours.save,
                    disabled=~Hours.is_changed | (Hours.error != ""),
                    class_name="primary",
                ),
                rx.el.button(t("Close"), on_click=Hours.close, class_name="quiet"),
                class_name="actions",
            ),
            aria_label=t("Hours"),
            class_name="editor",
        ),
    )


def _said() -> rx.Component:
    return rx.cond(
        Hours.said != "",
        rx.el.div(
            rx.el.p(Hours.said),
            rx.cond(Hours.undoable != "", rx.el.button(t("Undo"), on_click=Hours.undo, class_name="quiet")),
            role="status",
            class_name="outcome",
        ),
    )


def _head() -> rx.Component:
    return rx.el.header(
        rx.el.h2(t("Hours")),
        rx.el.div(
            _scope(t("Every week"), "", Hours.scope == ""),
            _scope(Hours.day_label, "day", Hours.scope != ""),
            role="group",
            aria_label=t("Which hours"),
            class_name="turn",
        ),
    )


def _scope(label: rx.Var[str] | str, scope: str, is_chosen: rx.Var[bool]) -> rx.Component:
    return rx.el.button(label, on_click=Hours.choose_scope(scope), aria_pressed=is_chosen, class_name="quiet scope")


def _day(day: rx.Var[Ruled]) -> rx.Component:
    return rx.el.li(
        rx.el.h3(day.label),
        rx.el.div(
            rx.foreach(day.stretches, lambda stretch, number: _stretch(day, stretch, number)),
            rx.cond(day.stretches.length() == 0, rx.el.p(t("No hours"), class_name="hint")),
            rx.foreach(day.pauses, lambda pause, number: _pause(day, pause, number)),
            rx.el.div(
                rx.el.button(
                    "+ ",
                    t("Hours"),
                    on_click=Hours.add(day.key),
                    aria_label=t("Add hours on") + " " + day.label.to(str),
                    class_name="quiet add",
                ),
                rx.cond(
                    (Hours.scope == "") & (day.stretches.length() > 0),
                    rx.el.button(
                        "+ ",
                        t("Break"),
                        on_click=Hours.add_break(day.key),
                        aria_label=t("Add a break on") + " " + day.label.to(str),
                        class_name="quiet add",
                    ),
                ),
                class_name="adds",
            ),
            class_name="stretches",
        ),
        rx.el.details(
            rx.el.summary(
                rx.el.strong(day.count),
                " ",
                t("times"),
                rx.cond(day.is_changed, rx.el.span(t("changed"), class_name="status checked_in")),
            ),
            rx.el.p(rx.cond(day.times != "", day.times, t("None.")), class_name="hint"),
            class_name="made",
        ),
        class_name=rx.cond(day.is_changed, "changed", ""),
        key=day.key,
    )


def _stretch(day: rx.Var[Ruled], stretch: rx.Var[Stretch], number: rx.Var[int]) -> rx.Component:
    key = day.key.to(str) + "-" + number.to_string() + "-" + Hours.edition.to_string()
    return rx.el.div(
        _time(t("From"), "opens", day, stretch.opens, number, key),
        rx.el.span("–", aria_hidden=True),
        _time(t("To"), "closes", day, stretch.closes, number, key),
        _mode(t("At the clinic"), "in_person", day, stretch.in_person, number),
        _mode(t("By video"), "video", day, stretch.video, number),
        rx.cond(
            Hours.clinics.length() > 1,
            rx.el.label(
                rx.el.span(t("Clinic"), class_name="sr"),
                rx.el.select(
                    rx.foreach(Hours.clinics, option),
                    value=stretch.clinic_id,
                    on_change=lambda value: Hours.choose_clinic(day.key, number, value),
                ),
            ),
        ),
        rx.el.button(
            "✕", on_click=Hours.remove(day.key, number), aria_label=t("Take these hours away"), class_name="quiet"
        ),
        role="group",
        aria_label=day.label,
        class_name="stretch",
        key=key,
    )


def _pause(day: rx.Var[Ruled], pause: rx.Var[Pause], number: rx.Var[int]) -> rx.Component:
    """A break of every week; beside the hours of a date it is only shown."""
    key = day.key.to(str) + "-break-" + number.to_string() + "-" + Hours.edition.to_string()
    return rx.cond(
        Hours.scope == "",
        rx.el.div(
            rx.el.span(t("Break"), class_name="what"),
            _break_time(t("From"), "starts", day, pause.starts, number, key),
            rx.el.span("–", aria_hidden=True),
            _break_time(t("To"), "ends", day, pause.ends, number, key),
            rx.el.button(
                "✕",
                on_click=Hours.remove_break(day.key, number),
                aria_label=t("Take this break away"),
                class_name="quiet",
            ),
            role="group",
            aria_label=t("Break"),
            class_name="stretch pause",
            key=key,
        ),
        rx.el.p(t("Break"), " ", pause.starts, " – ", pause.ends, class_name="hint", key=key),
    )


def _break_time(
    label: str, which: str, day: rx.Var[Ruled], value: rx.Var[str], number: rx.Var[int], key: rx.Var[str]
) -> rx.Component:
    return _moment(label, value, key + which, lambda new: Hours.choose_break(day.key, number, which, new))


def _time(
    label: str, which: str, day: rx.Var[Ruled], value: rx.Var[str], number: rx.Var[int], key: rx.Var[str]
) -> rx.Component:
    return _moment(label, value, key + which, lambda new: Hours.choose_time(day.key, number, which, new))


def _moment(label: str, value: rx.Var[str], key: rx.Var[str], choose: Callable[[rx.Var[str]], Any]) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="sr"),
        rx.el.input(type="time", default_value=value, required=True, on_change=choose, key=key),
    )


def _mode(label: str, mode: str, day: rx.Var[Ruled], is_served: rx.Var[bool], number: rx.Var[int]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            default_checked=is_served,
            on_change=lambda checked: Hours.choose_mode(day.key, number, mode, checked),
        ),
        rx.el.span(label),
        class_name="check",
    )
