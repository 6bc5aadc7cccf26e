"""`/`: find a doctor."""

import reflex as rx

from aarogya_ui.components.frame import frame
from aarogya_ui.pages.page import Page
from aarogya_ui.words import language, path, t
from models.doctor import SPOKEN, Mode
from state.live import LiveNextOpen
from state.search import DoctorCard, Search
from state.vocabulary import CITIES, SPECIALIZATIONS, spoken

REFRESH_MS = 5 * 60 * 1000


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.el.section(
            rx.el.h1(t("Find an Ayurvedic doctor")),
            rx.el.p(t("See the times that are open this very moment, and keep one."), class_name="lead"),
            _text(),
            _filters(),
            class_name="asking",
        ),
        rx.el.section(
            rx.el.div(
                rx.cond(
                    Search.is_ready,
                    rx.el.p(rx.el.strong(Search.total), " ", t("doctors"), role="status"),
                    rx.el.p(" ", class_name="hint"),
                ),
                rx.cond(Search.is_filtered, rx.el.button(t("Clear"), on_click=Search.clear, class_name="quiet")),
                class_name="count",
            ),
            rx.cond(
                Search.is_ready,
                rx.el.ol(rx.foreach(Search.doctors, _card), class_name="results"),
                rx.el.ol(*[rx.el.li(class_name="card placeholder") for _ in range(6)], class_name="results"),
            ),
            rx.cond(
                Search.is_ready & (Search.total == 0),
                rx.el.p(
                    t("No doctor fits all of this. Take a filter away, or ask for another day."), class_name="nothing"
                ),
            ),
            rx.cond(
                Search.doctors.length() < Search.total,
                rx.el.button(t("Show more doctors"), on_click=Search.show_more, class_name="more"),
            ),
            aria_label=t("Doctors"),
        ),
        rx.el.button(id="refresh", on_click=Search.refresh, hidden=True, custom_attrs={"data-every": str(REFRESH_MS)}),
        name="search",
    )


def _text() -> rx.Component:
    return rx.el.div(
        rx.el.label(t("Name, ailment or place"), html_for="q", class_name="sr"),
        rx.el.input(
            id="q",
            type="search",
            value=Search.text,
            on_change=Search.look_for,
            debounce_timeout=180,
            placeholder=t("Name, ailment or place: “back pain Pune”"),
            max_length=80,
            auto_complete="off",
            enter_key_hint="search",
        ),
        class_name="text",
    )


def _filters() -> rx.Component:
    branches = [(code, t(name)) for code, (name, _) in SPECIALIZATIONS.items()]
    speaking = [(code, spoken(code, language())) for code in SPOKEN]
    days = [("0", t("Today")), ("1", t("By tomorrow")), ("3", t("Within 3 days")), ("7", t("Within a week"))]
    modes = [(Mode.IN_PERSON, t("At the clinic")), (Mode.VIDEO, t("By video"))]
    return rx.el.div(
        _select(t("Branch"), t("Any branch"), branches, Search.specialization, Search.choose_specialization),
        _select(t("City"), t("Any city"), [(n, t(n)) for n in CITIES], Search.city, Search.choose_city),
        _select(t("Language"), t("Any language"), speaking, Search.language, Search.choose_language),
        _select(t("How"), t("Clinic or video"), modes, Search.mode, Search.choose_mode),
        _select(t("When"), t("Any day"), days, Search.within, Search.choose_within),
        class_name="filters",
        role="group",
        aria_label=t("Filters"),
    )


def _select(
    label: str, anything: str, options: list[tuple[str, str]], value: rx.Var, on_change: object
) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="sr"),
        rx.el.select(
            rx.el.option(anything, value=""),
            *[rx.el.option(name, value=code) for code, name in options],
            value=value,
            on_change=on_change,
            class_name=rx.cond(value != "", "set", ""),
        ),
    )


def _card(doctor: rx.Var[DoctorCard]) -> rx.Component:
    opening = rx.cond(
        LiveNextOpen.changes.contains(doctor.live_key), LiveNextOpen.changes[doctor.live_key], doctor.next_open
    )
    return rx.el.li(
        rx.el.a(
            rx.el.span(doctor.initials, class_name="badge", aria_hidden="true"),
            rx.el.div(
                rx.el.h2(doctor.name),
                rx.el.p(doctor.qualification, class_name="hint"),
                rx.el.p(rx.el.strong(doctor.specialization), " · ", doctor.treats),
                rx.el.p(doctor.clinic, ", ", doctor.area, ", ", doctor.city),
                rx.el.p(doctor.languages, class_name="hint"),
                class_name="about",
            ),
            rx.el.div(
                rx.el.p(
                    rx.el.span("★ ", aria_hidden="true"),
                    doctor.rating,
                    rx.el.span(" (" + doctor.reviews + ")", class_name="hint"),
                    class_name="rating",
                ),
                rx.el.p(doctor.fee, class_name="fee"),
                rx.cond(doctor.has_video, rx.el.p(t("Video too"), class_name="hint")),
                class_name="facts",
            ),
            rx.cond(
                opening != "",
                rx.el.p(rx.el.span(t("Next open")), rx.el.strong(opening), class_name="opening", key=opening),
                rx.el.p(t("Nothing open at present"), class_name="opening none"),
            ),
            href=path("/doctor/") + doctor.slug + rx.cond(Search.mode != "", "?mode=" + Search.mode, ""),
            class_name="card",
        ),
        key=doctor.slug,
    )


page = Page(
    route="",
    make=make,
    title=lambda: t("Find an Ayurvedic doctor") + " · Aarogya Setu",
    description=lambda: t("See the times that are open this very moment, and keep one."),
    on_load=(Search.load,),
)
