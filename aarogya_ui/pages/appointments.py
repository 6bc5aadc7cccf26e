"""`/appointments`: one's own, and the family's; live."""

import reflex as rx

from aarogya_ui.components.frame import frame
from aarogya_ui.components.hold import held
from aarogya_ui.components.vocabulary import mode, status
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.live import LiveAccount
from state.rows import VisitRow
from state.session import Session


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.el.h1(t("My appointments")),
        rx.cond(
            Session.has_account | ~Session.is_known,
            rx.fragment(
                rx.el.section(
                    rx.el.h2(t("Coming up")),
                    rx.cond(
                        LiveAccount.upcoming.length() > 0,
                        rx.el.ol(rx.foreach(LiveAccount.upcoming, _line)),
                        rx.el.div(
                            rx.el.p(t("Nothing is booked.")),
                            rx.el.a(t("Find a doctor"), href=path("/"), class_name="primary"),
                            class_name="nothing",
                        ),
                    ),
                ),
                rx.cond(
                    LiveAccount.earlier.length() > 0,
                    rx.el.section(rx.el.h2(t("Earlier")), rx.el.ol(rx.foreach(LiveAccount.earlier, _line))),
                ),
                held(),
            ),
            rx.el.div(
                rx.el.p(t("Sign in to see your appointments.")),
                rx.el.a(t("Sign in"), href=path("/sign-in") + "?next=" + path("/appointments"), class_name="primary"),
                class_name="nothing",
            ),
        ),
        name="appointments",
    )


def _line(visit: rx.Var[VisitRow]) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.p(rx.el.strong(visit.short_date), rx.el.br(), visit.time, class_name="when"),
            rx.el.div(
                rx.el.p(rx.el.strong(visit.doctor), " · ", visit.specialization),
                rx.el.p(visit.clinic, " · ", mode(visit.mode), class_name="hint"),
                rx.el.p(t("Patient"), ": ", visit.patient, class_name="hint"),
            ),
            rx.el.p(
                rx.cond((visit.token != "") & (visit.standing == "upcoming"), t("Token") + " " + visit.token, ""),
                class_name="token",
            ),
            rx.el.span(status(visit.status), class_name="status " + visit.status),
            href=path("/appointment/") + visit.id,
            class_name="line",
        ),
        key=visit.id,
    )


page = Page(
    route="/appointments",
    make=make,
    title=lambda: t("My appointments") + " · Aarogya Setu",
    description=lambda: t("My appointments"),
)
