"""`/book`: the front desk on the telephone, or a doctor who books the next visit: a wish, times to read out, booked."""

import reflex as rx

from aarogya_ui.components.desk_answer import answer, booked
from aarogya_ui.components.desk_wish import whom, wish
from aarogya_ui.components.frame import frame
from aarogya_ui.components.instead import instead
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.desk_book import DeskBook


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            DeskBook.is_signed_out,
            instead(t("Please sign in first."), t("Sign in"), path("/sign-in") + "?next=" + path("/book")),
            rx.cond(
                DeskBook.is_refused,
                instead(t("This page is for the clinic's staff."), t("Find a doctor"), path("/")),
                rx.cond(
                    DeskBook.is_missing,
                    instead(t("We could not find that."), t("The day"), path("/day")),
                    rx.cond(DeskBook.is_ready, _desk()),
                ),
            ),
        ),
        name="desk-book",
    )


def _desk() -> rx.Component:
    return rx.fragment(
        rx.el.header(
            rx.el.h1(t("Book a visit")),
            rx.el.a("‹ ", t("The day"), href=path("/day") + DeskBook.back, class_name="quiet"),
        ),
        rx.cond(
            DeskBook.booked.length() > 0,
            rx.foreach(DeskBook.booked, booked),
            rx.el.div(rx.el.div(whom(), wish(), class_name="asked"), answer(), class_name="sides"),
        ),
    )


page = Page(
    route="/book",
    make=make,
    title=lambda: t("Book a visit") + " · Aarogya Setu",
    description=lambda: t("Book a visit"),
    on_load=(DeskBook.load,),
)
