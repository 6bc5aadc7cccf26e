"""`/day`: a doctor's day as it happens, for the doctor and the front desk."""

import reflex as rx

from aarogya_ui.components.check_in_code import check_in_code
from aarogya_ui.components.frame import frame
from aarogya_ui.components.leave_panel import leave_panel
from aarogya_ui.components.plain_form import plain_link
from aarogya_ui.components.presence import presence
from aarogya_ui.components.vocabulary import mode, source, status
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.day import Day, Option
from state.live import LiveDay
from state.rows import BookingRow


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Day.is_signed_out,
            _other(t("Sign in to see the day."), t("Sign in"), path("/sign-in") + "?next=" + path("/day")),
            rx.cond(
                Day.is_refused,
                _other(t("This page is for the clinic's staff."), t("Find a doctor"), path("/")),
                rx.fragment(_head(), presence(), leave_panel(), check_in_code(Day.doctor_id), _counts(), _list()),
            ),
        ),
        name="day",
    )


def _other(sentence: str, action: str, address: str) -> rx.Component:
    return rx.el.div(rx.el.h1(sentence), rx.el.a(action, href=address, class_name="primary"), class_name="nothing")


def _head() -> rx.Component:
    return rx.el.header(
        rx.el.div(
            rx.el.h1(Day.title),
            rx.cond(
                Day.options.length() > 1,
                rx.el.label(
                    rx.el.span(t("Doctor"), class_name="sr"),
                    rx.el.select(rx.foreach(Day.options, _option), value=Day.doctor_id, on_change=Day.choose_doctor),
                ),
                rx.el.p(Day.doctor, class_name="hint"),
            ),
        ),
        rx.el.div(
            rx.el.button("‹", on_click=Day.turn(-1), aria_label=t("The day before"), class_name="quiet"),
            rx.el.button(t("Today"), on_click=Day.go_to_today, disabled=Day.is_today, class_name="quiet"),
            rx.el.button("›", on_click=Day.turn(1), aria_label=t("The day after"), class_name="quiet"),
            class_name="turn",
        ),
    )


def _option(option: rx.Var[Option]) -> rx.Component:
    return rx.el.option(option.name, value=option.id)


def _counts() -> rx.Component:
    return rx.el.dl(
        _count(t("To come"), LiveDay.booked, "booked"),
        _count(t("Here"), LiveDay.arrived, "checked_in"),
        _count(t("Done"), LiveDay.done, "completed"),
        _count(t("Cancelled or missed"), LiveDay.cancelled, "cancelled"),
        class_name="counts",
    )


def _count(name: str, number: rx.Var[int], kind: str) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(number), class_name=kind)


def _list() -> rx.Component:
    return rx.cond(
        LiveDay.bookings.length() > 0,
        rx.el.ol(rx.foreach(LiveDay.bookings, _line), class_name="bookings"),
        rx.cond(Day.is_ready, rx.el.p(t("Nobody is booked on this day yet."), class_name="nothing")),
    )


def _line(booking: rx.Var[BookingRow]) -> rx.Component:
    return rx.el.li(
        rx.el.p(rx.el.strong(booking.time), rx.el.small("– " + booking.until), class_name="when"),
        rx.el.p(rx.cond(booking.token != "", booking.token, "–"), class_name="token", aria_label=t("Token")),
        rx.el.p(
            plain_link(rx.el.strong(booking.patient), href=path("/patient/") + booking.patient_id),
            rx.cond(booking.age != "", rx.el.span(" · " + booking.age, class_name="hint"), rx.fragment()),
            class_name="patient",
        ),
        rx.el.p(mode(booking.mode), " · ", source(booking.source), class_name="hint how"),
        rx.el.span(status(booking.status), class_name="status " + booking.status),
        class_name="booking " + booking.status,
        key=booking.id,
    )


page = Page(
    route="/day",
    make=make,
    title=lambda: t("The day") + " · Aarogya Setu",
    description=lambda: t("The day"),
    on_load=(Day.load,),
)
