"""`/doctor/[slug]`: who this is, and the live grid of times."""

import reflex as rx

from aarogya_ui.components.frame import frame
from aarogya_ui.components.hold import held, moving, refusal, whom_for
from aarogya_ui.components.slot_grid import slot_grid
from aarogya_ui.components.vocabulary import mode
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.booking import Booking
from state.doctor import DayTab, Doctor
from state.live import LiveStrip


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Doctor.is_missing,
            rx.el.div(
                rx.el.h1(t("We do not know this doctor.")),
                rx.el.a(t("Find a doctor"), href=path("/"), class_name="primary"),
                class_name="nothing",
            ),
            rx.fragment(
                _head(),
                moving(),
                rx.el.div(_times(), class_name="times"),
                _about(),
                held(may_move=True),
            ),
        ),
        name="doctor",
    )


def _head() -> rx.Component:
    return rx.el.header(
        rx.el.span(Doctor.initials, class_name="badge", aria_hidden="true"),
        rx.el.div(
            rx.el.h1(Doctor.name),
            rx.el.p(Doctor.qualification, class_name="hint"),
            rx.el.p(rx.el.strong(Doctor.specialization), " · ", Doctor.treats),
            rx.el.p(
                rx.el.span("★ ", class_name="star", aria_hidden="true"),
                Doctor.rating,
                rx.el.span(" (" + Doctor.reviews + ")", class_name="hint"),
                " · ",
                rx.el.strong(Doctor.fee),
            ),
        ),
        class_name=rx.cond(Doctor.is_ready, "head", "head placeholder"),
    )


def _about() -> rx.Component:
    return rx.el.article(
        rx.el.p(Doctor.bio, class_name="bio"),
        rx.el.dl(
            _fact(t("Clinic"), Doctor.clinic, rx.el.br(), Doctor.address),
            _fact(t("Phone"), Doctor.phone),
            _fact(t("Speaks"), Doctor.languages),
            _fact(t("Practising for"), Doctor.years, " ", t("years")),
            _fact(t("Registration"), Doctor.registration),
        ),
        class_name=rx.cond(Doctor.is_ready, "about", "about placeholder"),
    )


def _fact(name: str, *value: object) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(*value))


def _times() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.foreach(Doctor.days, _day),
            class_name="strip",
            role="group",
            aria_label=t("Day"),
        ),
        rx.el.div(
            rx.el.h2(Doctor.day_title),
            rx.cond(
                Doctor.modes.length() > 1,
                rx.el.div(
                    rx.foreach(Doctor.modes, _mode),
                    class_name="modes",
                    role="group",
                    aria_label=t("How"),
                ),
                rx.el.p(mode(Doctor.mode), class_name="hint"),
            ),
            class_name="day-head",
        ),
        whom_for(),
        refusal(),
        slot_grid(),
    )


def _day(tab: rx.Var[DayTab]) -> rx.Component:
    return rx.el.button(
        rx.el.span(tab.weekday),
        rx.el.strong(tab.date),
        rx.el.small(
            rx.cond(
                LiveStrip.open[tab.key] > 0,
                LiveStrip.open[tab.key].to_string() + " " + t("open"),
                t("full"),
            )
        ),
        on_click=Doctor.choose_day(tab.key),
        aria_pressed=Doctor.day == tab.key,
        class_name=rx.cond(LiveStrip.open[tab.key] > 0, "tab", "tab full"),
        key=tab.key,
    )


def _mode(code: rx.Var[str]) -> rx.Component:
    return rx.el.button(
        mode(code), on_click=Doctor.choose_mode(code), aria_pressed=Doctor.mode == code, class_name="tab", key=code
    )


page = Page(
    route="/doctor/[slug]",
    make=make,
    title=lambda: t("A doctor's open times") + " · Aarogya Setu",
    description=lambda: t("See the times that are open this very moment, and keep one."),
    on_load=(Doctor.load, Booking.load),
)
