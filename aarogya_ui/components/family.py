"""The people whom an account books for."""

import reflex as rx

from aarogya_ui.components.fields import field, hidden
from aarogya_ui.components.panel import fold, panel
from aarogya_ui.components.plain_form import post_form
from aarogya_ui.words import t
from state.account import Account, FamilyRow
from state.form import Form


def family() -> rx.Component:
    """Each with a fold to correct them, and one to add someone."""
    return panel(
        t("My family"),
        rx.el.ul(rx.foreach(Account.family, _member), class_name="rows"),
        fold(
            t("Add someone"),
            post_form(
                hidden(),
                field(t("Name"), "name", value=Form.name),
                _birth_date(),
                rx.el.button(t("Add"), type="submit", class_name="primary"),
                action="/auth/account/family",
            ),
            is_open=Form.name != "",
        ),
    )


def _member(member: rx.Var[FamilyRow]) -> rx.Component:
    return rx.el.li(
        rx.el.details(
            rx.el.summary(
                rx.el.span(
                    rx.el.strong(member.name),
                    rx.el.span(
                        rx.cond(member.is_holder, t("you") + " · ", ""),
                        rx.cond(member.born != "", member.born, t("date of birth not known")),
                        class_name="hint",
                    ),
                ),
                rx.el.span(t("Change"), class_name="change"),
            ),
            post_form(
                hidden(patient_id=member.id),
                field(t("Name"), "name", value=member.name),
                _birth_date(member.born_on),
                rx.el.button(t("Save"), type="submit", class_name="primary"),
                action="/auth/account/family/change",
            ),
        ),
        key=member.id,
    )


def _birth_date(value: rx.Var[str] | str = "") -> rx.Component:
    return field(
        t("Date of birth"), "born_on", kind="date", longest=10, value=value, is_required=False, max=Account.today
    )
