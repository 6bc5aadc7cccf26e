"""`/waitlist`: who waits for a time at a clinic, and who is being offered one."""

import reflex as rx

from aarogya_ui.components.doctor_choice import option
from aarogya_ui.components.frame import frame
from aarogya_ui.components.instead import instead
from aarogya_ui.components.waitlist_panel import waitlist_panel
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.waitlist import Waitlist


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Waitlist.is_signed_out,
            instead(t("Please sign in first."), t("Sign in"), path("/sign-in") + "?next=" + path("/waitlist")),
            rx.cond(
                Waitlist.is_refused,
                instead(t("This page is for the clinic's staff."), t("Find a doctor"), path("/")),
                rx.fragment(_head(), waitlist_panel()),
            ),
        ),
        name="waitlist",
    )


def _head() -> rx.Component:
    return rx.el.header(
        rx.el.div(
            rx.el.h1(t("Waitlist")),
            rx.cond(
                Waitlist.clinics.length() > 1,
                rx.el.label(
                    rx.el.span(t("Clinic"), class_name="sr"),
                    rx.el.select(
                        rx.foreach(Waitlist.clinics, option),
                        value=Waitlist.clinic_id,
                        on_change=Waitlist.choose_clinic,
                    ),
                ),
            ),
        ),
        rx.el.div(
            rx.el.a(t("The desk"), href=path("/desk") + "?clinic=" + Waitlist.clinic_id.to(str), class_name="quiet"),
            rx.el.a(t("Move many at once"), href=path("/rearrange"), class_name="quiet"),
            class_name="acts",
        ),
    )


page = Page(
    route="/waitlist",
    make=make,
    title=lambda: t("Waitlist") + " · Aarogya Setu",
    description=lambda: t("Waitlist"),
    on_load=(Waitlist.load,),
)
