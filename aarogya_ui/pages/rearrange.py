"""`/rearrange`: a doctor ill or late, a clinic that shuts, some who are to go elsewhere."""

import reflex as rx

from aarogya_ui.components.doctor_choice import option
from aarogya_ui.components.frame import frame
from aarogya_ui.components.instead import instead
from aarogya_ui.components.met import met
from aarogya_ui.components.rearranged import lately, outcome
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.doctor_choice import Option
from state.happened import AWAY, LATE, SHUT, SOME
from state.rearrange import MINUTES, Rearrange


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Rearrange.is_signed_out,
            instead(t("Please sign in first."), t("Sign in"), path("/sign-in") + "?next=" + path("/rearrange")),
            rx.cond(
                Rearrange.is_refused,
                instead(t("This page is for the clinic's staff."), t("Find a doctor"), path("/")),
                rx.fragment(_head(), _kinds(), _form(), outcome(), met(), lately()),
            ),
        ),
        name="rearrange",
    )


def _head() -> rx.Component:
    return rx.el.header(
        rx.el.div(
            rx.el.h1(t("Move many at once")),
            rx.cond(
                Rearrange.clinics.length() > 1,
                rx.el.label(
                    rx.el.span(t("Clinic"), class_name="sr"),
                    rx.el.select(
                        rx.foreach(Rearrange.clinics, option),
                        value=Rearrange.clinic_id,
                        on_change=Rearrange.choose_clinic,
                    ),
                ),
            ),
        ),
        rx.el.div(
            rx.el.a(t("The desk"), href=path("/desk") + "?clinic=" + Rearrange.clinic_id.to(str), class_name="quiet"),
            rx.el.a(t("The day"), href=path("/day") + "?doctor=" + Rearrange.doctor_id.to(str), class_name="quiet"),
            class_name="acts",
        ),
    )


def _kinds() -> rx.Component:
    return rx.el.div(
        _kind(AWAY, t("Doctor is away")),
        _kind(LATE, t("Doctor comes late")),
        rx.cond(Rearrange.may_shut, _kind(SHUT, t("Clinic shuts"))),
        _kind(SOME, t("Only some appointments")),
        role="group",
        aria_label=t("What happened"),
        class_name="kinds",
    )


def _kind(kind: str, label: str) -> rx.Component:
    return rx.el.button(
        label,
        type="button",
        on_click=Rearrange.choose_kind(kind),
        aria_pressed=(Rearrange.kind == kind).to_string(),
        class_name="kind",
    )


def _form() -> rx.Component:
    """Whose and when; the browser keeps what is typed until it is sent."""
    return rx.el.form(
        rx.match(Rearrange.kind, (AWAY, _who_is_away()), (SHUT, rx.fragment()), _doctor()),
        rx.cond(
            Rearrange.kind == LATE,
            _field(
                t("Minutes late"),
                rx.el.select(
                    *[rx.el.option(str(minutes), value=str(minutes)) for minutes in MINUTES],
                    name="minutes",
                    default_value=Rearrange.minutes,
                ),
            ),
            rx.fragment(
                _field(t("From"), _moment("since", Rearrange.since)),
                _field(t("Until"), _moment("until", Rearrange.until)),
            ),
        ),
        rx.cond(
            Rearrange.kind == SHUT,
            _field(
                t("What people are told"),
                rx.el.input(name="reason", max_length=80, auto_complete="off", placeholder=t("No water today")),
            ),
        ),
        rx.el.button(t("Show whom it meets"), type="submit", disabled=~Rearrange.is_ready, class_name="primary"),
        on_submit=Rearrange.look,
        key=Rearrange.kind + Rearrange.edition.to_string(),
        class_name="whose-and-when",
    )


def _who_is_away() -> rx.Component:
    """Several may be ill at once: it is one change for all who are ticked."""
    return rx.cond(
        Rearrange.doctors.length() > 1,
        rx.el.fieldset(
            rx.el.legend(t("Who is away")),
            rx.foreach(Rearrange.doctors, _may_be_away),
            class_name="away",
        ),
    )


def _may_be_away(doctor: rx.Var[Option]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox", name="away-" + doctor.id.to(str), default_checked=Rearrange.away.contains(doctor.id)
        ),
        rx.el.span(doctor.name),
        key=doctor.id,
    )


def _doctor() -> rx.Component:
    return _field(
        t("Doctor"),
        rx.el.select(
            rx.cond(
                (Rearrange.kind == SOME) & Rearrange.may_shut, rx.el.option(t("All doctors of the clinic"), value="")
            ),
            rx.foreach(Rearrange.doctors, option),
            name="doctor",
            default_value=Rearrange.doctor_id,
        ),
    )


def _moment(name: str, value: rx.Var[str]) -> rx.Component:
    return rx.el.input(type="datetime-local", name=name, default_value=value, required=True)


def _field(label: str, control: rx.Component) -> rx.Component:
    return rx.el.label(rx.el.span(label), control, class_name="field")


page = Page(
    route="/rearrange",
    make=make,
    title=lambda: t("Move many at once") + " · Aarogya Setu",
    description=lambda: t("Move many at once"),
    on_load=(Rearrange.load,),
)
