"""`/queue-rule`: who goes in next at a clinic, set by its front desk, in the words in which it is told."""

import reflex as rx

from aarogya_ui.components.doctor_choice import option
from aarogya_ui.components.frame import frame
from aarogya_ui.components.instead import instead
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.queue_settings import NUMBERS, QueueSettings


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            QueueSettings.is_signed_out,
            instead(t("Please sign in first."), t("Sign in"), path("/sign-in") + "?next=" + path("/queue-rule")),
            rx.cond(
                QueueSettings.is_refused,
                instead(t("This page is for the clinic's front desk."), t("The day"), path("/day")),
                rx.fragment(_head(), _sentence(), _numbers()),
            ),
        ),
        name="queue-rule",
    )


def _head() -> rx.Component:
    return rx.el.header(
        rx.el.h1(t("Who goes in next")),
        rx.cond(
            QueueSettings.clinics.length() > 1,
            rx.el.label(
                rx.el.span(t("Clinic"), class_name="sr"),
                rx.el.select(
                    rx.foreach(QueueSettings.clinics, option),
                    value=QueueSettings.clinic_id,
                    on_change=QueueSettings.choose_clinic,
                ),
            ),
            rx.el.p(QueueSettings.clinic, class_name="hint"),
        ),
    )


def _sentence() -> rx.Component:
    return rx.el.figure(
        rx.el.figcaption(t("How it is told"), class_name="hint"),
        rx.el.blockquote(QueueSettings.sentence, aria_live="polite"),
    )


def _numbers() -> rx.Component:
    return rx.el.div(
        _number(
            "grace_minutes",
            t("Minutes of grace"),
            t("Who comes so much later than booked still goes in by the time that was booked."),
            QueueSettings.grace_minutes,
        ),
        _number(
            "late_after",
            t("A latecomer goes after so many"),
            t("Who comes later than the grace lets so many others go first."),
            QueueSettings.late_after,
        ),
        _number(
            "walk_in_after",
            t("Booked ones before a walk-in"),
            t("At most so many who are booked and came later go before a walk-in, who so is never left waiting."),
            QueueSettings.walk_in_after,
        ),
        rx.cond(QueueSettings.error != "", rx.el.p(QueueSettings.error, class_name="refusal", role="alert")),
        rx.cond(QueueSettings.said != "", rx.el.p(QueueSettings.said, role="status", class_name="outcome")),
        rx.el.button(
            t("Save the rule"),
            on_click=QueueSettings.save,
            disabled=~QueueSettings.is_changed,
            class_name="primary",
        ),
        class_name="numbers",
    )


def _number(which: str, label: str, hint: str, value: rx.Var[str]) -> rx.Component:
    return rx.el.label(
        rx.el.span(label),
        rx.el.input(
            type="number",
            input_mode="numeric",
            min=NUMBERS[which].start,
            max=NUMBERS[which].stop - 1,
            default_value=value,
            on_change=lambda new: QueueSettings.choose_number(which, new),
            key=which + QueueSettings.edition.to_string(),
        ),
        rx.el.small(hint, class_name="hint"),
        class_name="field",
    )


page = Page(
    route="/queue-rule",
    make=make,
    title=lambda: t("Who goes in next") + " · Aarogya Setu",
    description=lambda: t("Who goes in next"),
    on_load=(QueueSettings.load,),
)
