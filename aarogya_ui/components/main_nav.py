"""The ways through the house, by who is signed in: in a line where there is room for it, else behind one button."""

import reflex as rx

from aarogya_ui.components.plain_form import plain_link
from aarogya_ui.words import path, t
from state.session import Session


def main_nav(here: str, *more: rx.Component) -> rx.Component:
    """`here` is the class of the page; `more` stands at the end on every screen."""
    is_staff = (Session.role != "") & (Session.role != "patient")
    return rx.el.nav(
        rx.cond(
            is_staff,
            rx.fragment(
                rx.el.span(*_places(here), class_name="in-line"),
                rx.el.details(
                    rx.el.summary(t("Menu")), rx.el.div(*_places(here), class_name="choices"), class_name="all-places"
                ),
            ),
            rx.el.a(t("Find a doctor"), href=path("/"), class_name="wide-only"),
        ),
        rx.cond(
            Session.unseen > 0,
            plain_link(
                Session.unseen,
                href=path("/staff/openings"),
                aria_label=t("Opened charts to look at"),
                class_name="unseen-count",
            ),
        ),
        rx.cond(Session.has_account, rx.el.a(t("My appointments"), href=path("/appointments"))),
        *more,
        aria_label=t("Main"),
    )


def _places(here: str) -> list[rx.Component]:
    """What the staff works with; the desk's own and the administrator's only for them."""
    is_desk = (Session.role == "receptionist") | (Session.role == "admin")
    return [
        _place(t("The desk"), "/desk", here == "front-desk"),
        _place(t("The day"), "/day", here == "day"),
        _place(t("The week"), "/week", here == "week"),
        _place(t("Book"), "/book", here == "desk-book"),
        _place(t("Patients"), "/patients", here == "patients"),
        rx.cond(is_desk, _place(t("Cash sheet"), "/cash", here == "cash")),
        rx.cond(is_desk, _place(t("Who goes in next"), "/queue-rule", here == "queue-rule")),
        rx.cond(Session.role == "admin", _place(t("Staff"), "/staff", here == "staff")),
    ]


def _place(name: str, to: str, is_here: bool) -> rx.Component:
    return rx.el.a(name, href=path(to), aria_current="page" if is_here else "false")
