"""`/desk`: the whole clinic on one screen, for the front desk; a doctor sees his own columns of it."""

import reflex as rx

from aarogya_ui.components.day_toast import toast
from aarogya_ui.components.desk_booking import desk_booking
from aarogya_ui.components.desk_grid import desk_grid, legend
from aarogya_ui.components.desk_head import desk_head
from aarogya_ui.components.desk_toast import desk_toast
from aarogya_ui.components.desk_walk_in import walk_in_sheet
from aarogya_ui.components.frame import frame
from aarogya_ui.components.instead import instead
from aarogya_ui.components.payment_sheet import payment_sheet
from aarogya_ui.components.presence import presence
from aarogya_ui.components.shortcuts import DayKeys
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.day_actions import DayActions
from state.desk import Desk
from state.desk_moves import DeskMoves


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Desk.is_signed_out,
            instead(t("Sign in to see the desk."), t("Sign in"), path("/sign-in") + "?next=" + path("/desk")),
            rx.cond(
                Desk.is_refused,
                instead(t("This page is for the clinic's staff."), t("Find a doctor"), path("/")),
                rx.fragment(
                    desk_head(),
                    desk_grid(),
                    rx.el.footer(legend(), _onward(), presence(), class_name="under-grid"),
                    desk_booking(),
                    rx.cond(~Desk.is_own, rx.fragment(walk_in_sheet(Desk.clinic_id), payment_sheet())),
                    desk_toast(),
                    toast(),
                    DayKeys.create(),
                ),
            ),
        ),
        name="front-desk",
    )


def _onward() -> rx.Component:
    """What else is done at the desk, for the clinic and the day that are on it."""
    here = "?clinic=" + Desk.clinic_id.to(str)
    return rx.el.nav(
        rx.el.a(
            t("Move many at once"), href=path("/rearrange") + here + "&day=" + Desk.day.to(str), class_name="quiet"
        ),
        rx.el.a(t("Waitlist"), href=path("/waitlist") + here, class_name="quiet"),
        aria_label=t("More at the desk"),
        class_name="onward",
    )


page = Page(
    route="/desk",
    make=make,
    title=lambda: t("The desk") + " · Aarogya Setu",
    description=lambda: t("The desk"),
    on_load=(Desk.load, DeskMoves.put_away, DayActions.put_away),
)
