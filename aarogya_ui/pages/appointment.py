"""`/appointment/[id]`: the confirmation, live for as long as it matters."""

import reflex as rx

from aarogya_ui.components.frame import frame
from aarogya_ui.components.instead import instead
from aarogya_ui.components.scan import scan
from aarogya_ui.components.vocabulary import mode
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.appointment import Appointment
from state.booking import Booking
from state.live import LiveAccount
from state.rows import VisitRow


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Appointment.is_signed_out,
            instead(t("Sign in to see this appointment."), t("Sign in"), path("/sign-in")),
            rx.cond(
                Appointment.is_missing,
                instead(t("We do not know this appointment."), t("My appointments"), path("/appointments")),
                rx.foreach(
                    LiveAccount.visits, lambda visit: rx.cond(visit.id == Appointment.id, _ticket(visit), rx.fragment())
                ),
            ),
        ),
        name="appointment",
    )


def _ticket(visit: rx.Var[VisitRow]) -> rx.Component:
    return rx.el.article(
        rx.el.header(
            rx.el.h1(
                rx.match(
                    visit.status,
                    ("booked", t("Your appointment is booked")),
                    ("cancelled", t("This appointment is cancelled")),
                    ("held", t("This time is kept for you, but not yet booked")),
                    t("Your appointment"),
                )
            ),
        ),
        rx.el.div(
            rx.el.div(
                rx.cond(
                    visit.token != "",
                    rx.el.p(rx.el.span(t("Token")), rx.el.strong(visit.token), class_name="token"),
                ),
                rx.cond(visit.status == "booked", scan(Appointment.qr)),
                class_name="slip",
            ),
            rx.el.dl(
                _fact(t("When"), rx.el.strong(visit.date), rx.el.br(), visit.time),
                _fact(
                    t("Doctor"),
                    rx.el.a(visit.doctor, href=path("/doctor/") + visit.slug),
                    " · ",
                    visit.specialization,
                ),
                _fact(t("Patient"), visit.patient),
                _fact(t("How"), mode(visit.mode)),
                _fact(t("Clinic"), visit.clinic, rx.el.br(), visit.address),
                _fact(t("Phone"), visit.phone),
                _fact(t("Fee"), visit.fee, ", ", t("to be paid at the clinic")),
            ),
            class_name="body",
        ),
        rx.cond(
            (visit.standing == "upcoming") & (visit.status == "booked"),
            rx.el.footer(
                rx.cond(
                    Appointment.is_asking,
                    rx.fragment(
                        rx.el.p(t("Cancel this appointment? The time will be given to someone else."), role="alert"),
                        rx.el.button(
                            t("Yes, cancel it"),
                            on_click=[Booking.cancel(visit.id), Appointment.keep],
                            class_name="danger",
                        ),
                        rx.el.button(t("No, keep it"), on_click=Appointment.keep, class_name="quiet", auto_focus=True),
                    ),
                    rx.fragment(
                        rx.el.p(t("Please come ten minutes early, and bring earlier reports."), class_name="hint"),
                        rx.el.a(t("See when it is your turn"), href=path("") + visit.link, class_name="primary"),
                        rx.el.a(
                            t("Move to another time"),
                            href=path("/doctor/") + visit.slug + "?move=" + visit.id,
                            class_name="quiet",
                        ),
                        rx.el.button(t("Cancel the appointment"), on_click=Appointment.ask, class_name="quiet"),
                    ),
                )
            ),
            rx.cond(
                visit.status == "cancelled",
                rx.el.footer(
                    rx.el.p(t("This appointment is cancelled"), role="status", class_name="hint"),
                    rx.el.a(t("Book another time"), href=path("/doctor/") + visit.slug, class_name="primary"),
                ),
            ),
        ),
        class_name="ticket " + visit.status,
        key=visit.id,
    )


def _fact(name: str, *value: object) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(*value))


page = Page(
    route="/appointment/[id]",
    make=make,
    title=lambda: t("Your appointment") + " · Aarogya Setu",
    description=lambda: t("Your appointment"),
    on_load=(Appointment.load,),
)
