"""A patient's card: who he is, what is ahead, what was, and what the desk does about him. It is read anew by itself."""

import reflex as rx
from reflex_components_core.el.element import Element

from aarogya_ui.components.acting import act
from aarogya_ui.components.merging import begin_button
from aarogya_ui.components.plain_form import plain_link
from aarogya_ui.components.vocabulary import status
from aarogya_ui.words import path, t
from models.visit import VisitType
from state.desk_walk_in import FIRST, DeskWalkIn
from state.live import LivePatient
from state.patient_rows import VisitLine
from state.patients import Patients
from state.session import Session


class PatientCard(Element):
    """What notices that the card has aged: assets/find-patient.js."""

    tag = "patient-card"


def patient_card(*more: rx.Component) -> rx.Component:
    """The card of whoever was chosen; `more` stands below its head."""
    return PatientCard.create(
        rx.el.span(custom_attrs={"data-version": LivePatient.version.to_string(), "data-id": Patients.id}, hidden=True),
        rx.el.button(on_click=Patients.refresh, type="button", hidden=True, class_name="anew"),
        _head(),
        rx.cond(Patients.refusal != "", rx.el.p(Patients.refusal, class_name="refusal", role="alert")),
        rx.cond(Patients.said != "", rx.el.p(Patients.said, role="status", class_name="outcome")),
        *more,
        rx.el.div(
            _visits(t("Ahead"), Patients.ahead, t("Nothing is booked.")),
            _visits(t("Past visits"), Patients.past, t("None so far.")),
            class_name="both-times",
        ),
    )


def _head() -> rx.Component:
    return rx.el.header(
        rx.el.div(
            rx.el.h2(Patients.name),
            rx.el.p(
                rx.cond(Patients.age != "", rx.el.span(Patients.age, " · ", Patients.born)),
                rx.cond(Patients.phone != "", rx.el.a(Patients.phone, href=Patients.telephone)),
                rx.cond(Patients.spoken != "", rx.el.span(Patients.spoken)),
                rx.cond(Patients.has_account, rx.el.span(t("Has an account"))),
                class_name="about hint",
            ),
            _counts(),
        ),
        rx.el.div(
            rx.el.a(t("Book a visit"), href=path("/book") + "?patient=" + Patients.id, class_name="primary"),
            rx.cond(
                Session.role == "receptionist",
                act(
                    t("Is here: a token with whoever is free first"),
                    DeskWalkIn.add({"patient": Patients.id, "doctor": FIRST, "visit": VisitType.FOLLOW_UP}),
                    name="walk-in",
                ),
            ),
            rx.cond(
                (Patients.ahead.length() > 0) | (Patients.past.length() > 0),
                plain_link(t("Chart"), href=path("/patient/") + Patients.id, class_name="quiet"),
            ),
            begin_button(),
            rx.el.button(t("Close"), on_click=Patients.close, type="button", class_name="quiet"),
            class_name="hands",
        ),
    )


def _counts() -> rx.Component:
    return rx.el.dl(
        _count(t("Came"), Patients.came, "came"),
        _count(t("Did not come"), Patients.missed, "missed"),
        _count(t("Cancelled"), Patients.cancelled, ""),
        class_name="how-often",
    )


def _count(name: str, number: rx.Var[int], kind: str) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(number), class_name=rx.cond(number > 0, kind, "none"))


def _visits(title: str, lines: rx.Var[list[VisitLine]], nothing: str) -> rx.Component:
    return rx.el.section(
        rx.el.h3(title),
        rx.cond(lines.length() > 0, rx.el.ol(rx.foreach(lines, _line)), rx.el.p(nothing, class_name="hint")),
    )


def _line(visit: rx.Var[VisitLine]) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.strong(visit.when),
            rx.el.span(visit.time),
            href=path("/day") + "?doctor=" + visit.doctor_id + "&day=" + visit.day,
            class_name="when",
        ),
        rx.el.span(
            visit.doctor, rx.cond(visit.token != "", rx.el.span(" · ", t("Token"), " ", visit.token)), class_name="with"
        ),
        rx.el.span(status(visit.status), class_name="status " + visit.status),
        rx.cond(
            visit.is_today & (visit.status == "booked"),
            rx.el.button(
                t("Check in"),
                on_click=Patients.check_in(visit.id, visit.version),
                type="button",
                class_name="primary",
            ),
        ),
        key=visit.id,
    )
