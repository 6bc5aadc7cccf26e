"""A break now, or time away later, of the doctor whose day is open."""

import reflex as rx

from aarogya_ui.components.stranded import stranded
from aarogya_ui.words import path, t
from state.day import Day
from state.leave import Leave
from state.live import LiveDay

BREAKS = (10, 15, 30)
"""Minutes that are offered."""


def leave_panel() -> rx.Component:
    """What else can be done about the day that is open; and, folded out, its panel."""
    return rx.cond(
        Leave.is_open & (Leave.doctor_id == Day.doctor_id),
        _panel(),
        rx.el.div(
            rx.el.button(
                t("Break or leave"),
                on_click=Leave.open_panel(Day.doctor_id, Day.day),
                disabled=~Day.is_ready,
                class_name="quiet",
            ),
            rx.el.a(
                t("The week"),
                href=path("/week") + "?doctor=" + Day.doctor_id.to(str) + "&day=" + Day.day.to(str),
                class_name="quiet",
            ),
            rx.el.a(
                t("Move many at once"),
                href=path("/rearrange") + "?doctor=" + Day.doctor_id.to(str) + "&day=" + Day.day.to(str),
                class_name="quiet",
            ),
            rx.el.a(t("Waitlist"), href=path("/waitlist") + "?doctor=" + Day.doctor_id.to(str), class_name="quiet"),
            class_name="beside-the-day",
        ),
    )


def _panel() -> rx.Component:
    return rx.el.section(
        rx.el.header(rx.el.h2(t("Break or leave")), rx.el.button(t("Close"), on_click=Leave.close, class_name="quiet")),
        _break(),
        rx.el.div(
            _moment(t("Away from"), Leave.since, Leave.choose_since),
            _moment(t("Back on"), Leave.until, Leave.choose_until),
            class_name="moments",
        ),
        rx.cond(Leave.error != "", rx.el.p(Leave.error, class_name="refusal", role="alert")),
        rx.cond(
            Leave.said != "",
            rx.el.div(
                rx.el.p(Leave.said),
                rx.cond(Leave.undoable != "", rx.el.button(t("Undo"), on_click=Leave.undo, class_name="quiet")),
                role="status",
                class_name="outcome",
            ),
        ),
        rx.cond(
            Leave.is_known & (Leave.stranded.length() == 0),
            rx.el.p(t("Nobody has an appointment then."), class_name="hint"),
        ),
        stranded(Leave.stranded, Leave.choose),
        rx.el.div(
            rx.el.button(
                t("Take the leave"),
                on_click=Leave.confirm,
                disabled=~Leave.is_known,
                class_name="primary",
            ),
            class_name="actions",
        ),
        aria_label=t("Break or leave"),
        class_name="editor leave",
    )


def on_break() -> rx.Component:
    """For all who have the day open, while the doctor is away for a little."""
    return rx.cond(
        LiveDay.back != "",
        rx.el.div(
            rx.el.p(t("On a break until"), " ", rx.el.strong(LiveDay.back)),
            rx.el.button(t("Back again"), on_click=Leave.come_back(Day.doctor_id), class_name="primary"),
            role="status",
            class_name="on-break",
        ),
    )


def _break() -> rx.Component:
    return rx.cond(
        LiveDay.is_today & (LiveDay.back == ""),
        rx.el.div(
            rx.el.p(t("A break now; who waits keeps the place:")),
            *[
                rx.el.button(f"{minutes} {t('min')}", on_click=Leave.take_break(minutes), class_name="quiet")
                for minutes in BREAKS
            ],
            class_name="break",
        ),
    )


def _moment(label: str, value: rx.Var[str], choose: rx.EventHandler) -> rx.Component:
    return rx.el.label(
        rx.el.span(label),
        rx.el.input(type="datetime-local", default_value=value, required=True, on_change=choose, key=Leave.doctor_id),
        class_name="field",
    )
