"""`/patients`: the people of a clinic, found by a few keystrokes or made known in as few."""

import reflex as rx

from aarogya_ui.components.day_toast import toast
from aarogya_ui.components.find_patient import find_patient
from aarogya_ui.components.frame import frame
from aarogya_ui.components.instead import instead
from aarogya_ui.components.merging import merging
from aarogya_ui.components.patient_card import patient_card
from aarogya_ui.components.shortcuts import DayKeys
from aarogya_ui.pages.page import Page
from aarogya_ui.words import language, path, t
from models.doctor import SPOKEN
from state.day_actions import DayActions
from state.merging import Merging
from state.patients import Patients
from state.vocabulary import spoken


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Patients.is_signed_out,
            instead(t("Please sign in first."), t("Sign in"), path("/sign-in") + "?next=" + path("/patients")),
            rx.cond(
                Patients.is_refused,
                instead(t("This page is for the clinic's staff."), t("Find a doctor"), path("/")),
                rx.fragment(
                    rx.el.header(rx.el.h1(t("Patients")), find_patient(Patients.open)),
                    rx.cond(Patients.id != "", patient_card(merging())),
                    _new(),
                    toast(),
                    DayKeys.create(),
                ),
            ),
        ),
        name="patients",
    )


def _new() -> rx.Component:
    """Somebody whom nobody has found; what he is asked stands in the order in which he says it."""
    return rx.el.section(
        rx.el.h2(t("New patient")),
        rx.el.form(
            _field(t("Name"), rx.el.input(name="name", auto_complete="off", max_length=120, required=True)),
            _field(
                t("Phone number"),
                rx.el.input(name="phone", type="tel", auto_complete="off", max_length=24, required=True),
            ),
            _field(
                t("Date of birth"),
                rx.el.input(name="born_on", type="date", min="1900-01-01"),
                t("optional"),
            ),
            _field(
                t("Language"),
                rx.el.select(
                    rx.el.option("—", value=""),
                    *[rx.el.option(spoken(code, language()), value=code) for code in SPOKEN],
                    name="language",
                ),
            ),
            rx.el.button(t("Add"), type="submit", class_name="primary"),
            rx.cond(Patients.form_refusal != "", rx.el.p(Patients.form_refusal, class_name="refusal", role="alert")),
            on_submit=Patients.make,
            key=Patients.edition.to_string(),
        ),
        rx.el.p(
            t("Whoever is known by this name and number is opened, and not made a second time."), class_name="hint"
        ),
        id="new-patient",
        class_name="panel",
    )


def _field(name: str, control: rx.Component, hint: str = "") -> rx.Component:
    label = rx.el.span(name, rx.el.small(" ", hint, class_name="hint")) if hint else rx.el.span(name)
    return rx.el.label(label, control, class_name="field")


page = Page(
    route="/patients",
    make=make,
    title=lambda: t("Patients") + " · Aarogya Setu",
    description=lambda: t("Patients"),
    on_load=(Merging.put_away, Patients.load, DayActions.put_away),
)
