"""`/day`: a doctor's day as it happens, for the doctor and the front desk."""

import reflex as rx

from aarogya_ui.components.check_in_code import check_in_code
from aarogya_ui.components.day_lists import lists
from aarogya_ui.components.day_sheets import send_sheet
from aarogya_ui.components.day_spots import now_and_next
from aarogya_ui.components.day_strip import strip
from aarogya_ui.components.day_toast import toast
from aarogya_ui.components.desk_walk_in import walk_in_button, walk_in_sheet
from aarogya_ui.components.doctor_choice import titled
from aarogya_ui.components.frame import frame
from aarogya_ui.components.instead import instead
from aarogya_ui.components.leave_panel import leave_panel, on_break
from aarogya_ui.components.missed import Missed
from aarogya_ui.components.payment_sheet import payment_sheet
from aarogya_ui.components.presence import presence
from aarogya_ui.components.running_late import running_late
from aarogya_ui.components.shortcuts import shortcuts
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.day import Day
from state.day_actions import DayActions
from state.live import LiveDay


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Day.is_signed_out,
            instead(t("Sign in to see the day."), t("Sign in"), path("/sign-in") + "?next=" + path("/day")),
            rx.cond(
                Day.is_refused,
                instead(t("This page is for the clinic's staff."), t("Find a doctor"), path("/")),
                rx.fragment(
                    _head(),
                    presence(),
                    on_break(),
                    rx.el.div(_walk_in(), _book(), leave_panel(), class_name="hands"),
                    _standing(),
                    strip(),
                    rx.el.div(
                        rx.el.div(
                            now_and_next(),
                            rx.cond(Day.is_ready, check_in_code(Day.doctor_id)),
                            rx.el.div(_rule(), shortcuts(), class_name="explained"),
                            class_name="running-side",
                        ),
                        lists(),
                        class_name="running",
                    ),
                    walk_in_sheet(Day.clinic_id, doctor_id=Day.doctor_id, doctor=Day.doctor, with_waits=Day.runs_desk),
                    rx.cond(Day.runs_desk, payment_sheet()),
                    send_sheet(),
                    toast(),
                    Missed.create(missed=LiveDay.missed, on_miss=Day.look),
                ),
            ),
        ),
        name="day",
    )


def _head() -> rx.Component:
    return rx.el.header(
        titled(Day),
        rx.el.div(
            rx.el.button("‹", on_click=Day.turn(-1), aria_label=t("The day before"), class_name="quiet"),
            rx.el.button(t("Today"), on_click=Day.go_to_today, disabled=Day.is_today, class_name="quiet"),
            rx.el.button("›", on_click=Day.turn(1), aria_label=t("The day after"), class_name="quiet"),
            class_name="turn",
        ),
    )


def _walk_in() -> rx.Component:
    """Only on the day itself."""
    return rx.cond(LiveDay.is_today, walk_in_button(Day.clinic_id, with_waits=Day.runs_desk))


def _book() -> rx.Component:
    """For somebody who telephones."""
    return rx.el.a(t("Book a visit"), href=path("/book?doctor=") + Day.doctor_id, class_name="quiet")


def _standing() -> rx.Component:
    """How the day stands: who is where, how late it runs, when it will be over."""
    return rx.el.div(
        rx.el.dl(
            _count(t("To come"), LiveDay.booked, "booked"),
            _count(t("Here"), LiveDay.arrived, "checked_in"),
            _count(t("Done"), LiveDay.done, "completed"),
            _count(t("Cancelled or missed"), LiveDay.cancelled, "cancelled"),
            class_name="counts",
        ),
        rx.cond(LiveDay.is_today, running_late()),
        class_name="standing-of-day",
    )


def _count(name: str, number: rx.Var[int], kind: str) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(number), class_name=kind)


def _rule() -> rx.Component:
    return rx.el.details(
        rx.el.summary(t("Who goes in next?")), rx.el.p(LiveDay.rule, class_name="hint"), class_name="rule"
    )


page = Page(
    route="/day",
    make=make,
    title=lambda: t("The day") + " · Aarogya Setu",
    description=lambda: t("The day"),
    on_load=(Day.load, DayActions.put_away),
)
