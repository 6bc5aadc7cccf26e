"""`/cash`: what was taken at a clinic's desk on a day, by method, doctor and person, and whether the drawer adds up."""

import reflex as rx

from aarogya_ui.components.cash_outcome import outcome, void_sheet
from aarogya_ui.components.cash_sheet import sheet
from aarogya_ui.components.doctor_choice import option
from aarogya_ui.components.frame import frame
from aarogya_ui.components.instead import instead
from aarogya_ui.components.plain_form import plain_link
from aarogya_ui.components.shortcuts import DayKeys
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.cash import Cash
from state.live import LiveCash


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Cash.is_signed_out,
            instead(t("Please sign in first."), t("Sign in"), path("/sign-in") + "?next=" + path("/cash")),
            rx.cond(
                Cash.is_refused,
                instead(t("This page is for the clinic's front desk."), t("The day"), path("/day")),
                rx.fragment(
                    _head(),
                    rx.foreach(LiveCash.sheets, sheet),
                    rx.cond(
                        Cash.is_ready & (LiveCash.sheets.length() == 0),
                        rx.el.p(t("Nothing was taken on this day."), class_name="nothing"),
                    ),
                    rx.cond(Cash.is_today & ~LiveCash.is_open, _begin()),
                    void_sheet(),
                    outcome(),
                    DayKeys.create(),
                ),
            ),
        ),
        name="cash",
    )


def _head() -> rx.Component:
    return rx.el.header(
        rx.el.div(
            rx.el.h1(t("Cash sheet")),
            rx.cond(
                Cash.clinics.length() > 1,
                rx.el.label(
                    rx.el.span(t("Clinic"), class_name="sr"),
                    rx.el.select(rx.foreach(Cash.clinics, option), value=Cash.clinic_id, on_change=Cash.choose_clinic),
                    class_name="off-paper",
                ),
            ),
            rx.el.p(rx.el.strong(Cash.clinic), " · ", Cash.title, class_name="lead"),
        ),
        rx.el.div(
            rx.el.button("‹", on_click=Cash.turn(-1), aria_label=t("The day before"), class_name="quiet"),
            rx.el.button(t("Today"), on_click=Cash.go_to_today, disabled=Cash.is_today, class_name="quiet"),
            rx.el.button(
                "›", on_click=Cash.turn(1), disabled=Cash.is_today, aria_label=t("The day after"), class_name="quiet"
            ),
            plain_link(
                t("Spreadsheet"),
                href=path("/cash/") + Cash.clinic_id + "/payments.csv?day=" + Cash.day,
                download=True,
                class_name="quiet",
            ),
            rx.el.button(t("Print"), type="button", custom_attrs={"data-prints": ""}, class_name="quiet"),
            class_name="turn off-paper",
        ),
    )


def _begin() -> rx.Component:
    """Before the first payment of the day, or after the last sheet was closed."""
    return rx.el.form(
        rx.el.h2(t("Open a sheet")),
        rx.el.p(t("The first payment opens one by itself. What lies in the drawer before it?"), class_name="hint"),
        rx.el.input(name="clinic", type="hidden", value=Cash.clinic_id, read_only=True),
        rx.el.label(
            rx.el.span(t("Opening float")),
            rx.el.input(name="float", input_mode="decimal", auto_complete="off", max_length=12, required=True),
            class_name="field",
        ),
        rx.el.button(t("Open"), type="submit", class_name="primary"),
        on_submit=Cash.note_float,
        class_name="panel begin off-paper",
    )


page = Page(
    route="/cash",
    make=make,
    title=lambda: t("Cash sheet") + " · Aarogya Setu",
    description=lambda: t("Cash sheet"),
    on_load=(Cash.load,),
)
