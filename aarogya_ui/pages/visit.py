"""`/v/[code]`: an appointment by its link, without signing in: whose turn it is, and when one's own will be."""

import reflex as rx
from reflex_components_core.el.element import Element

from aarogya_ui.components.frame import frame
from aarogya_ui.components.free_move import free_move
from aarogya_ui.components.standing import own_time, standing, turn
from aarogya_ui.components.vocabulary import mode
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.free_move import FreeMove
from state.turns import LiveTurns
from state.visit import Visit


class VisitWas(Element):
    """What has become of the appointment: brought into sight, wherever on the page somebody is; assets/visit.js."""

    tag = "visit-was"


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Visit.is_missing,
            rx.el.div(
                rx.el.h1(t("We do not know this appointment.")),
                rx.el.p(t("The link may be cut off. Open it again from where you got it.")),
                rx.el.a(t("Find a doctor"), href=path("/"), class_name="primary"),
                class_name="nothing",
            ),
            rx.cond(
                Visit.is_ready | (Visit.doctor != ""),
                rx.fragment(_head(), _moved(), standing(), free_move(), _facts(), _rule()),
                rx.el.div(rx.el.h1(t("Your visit")), class_name="panel placeholder"),
            ),
        ),
        name="visit",
    )


def _head() -> rx.Component:
    return rx.el.header(rx.el.h1(Visit.doctor), rx.el.p(Visit.clinic, class_name="lead"))


def _moved() -> rx.Component:
    return rx.cond(
        Visit.moved_from != "",
        rx.el.div(VisitWas.create(rx.el.p(Visit.moved_from, class_name="was", role="status")), key=Visit.moved_from),
    )


def _rule() -> rx.Component:
    """Why somebody who came later may go in earlier."""
    return rx.cond(
        LiveTurns.is_today & ((turn().status == "booked") | (turn().status == "checked_in")),
        rx.el.details(
            rx.el.summary(t("Who goes in next?")), rx.el.p(LiveTurns.rule, class_name="hint"), class_name="rule"
        ),
    )


def _facts() -> rx.Component:
    return rx.el.section(
        rx.el.h2(rx.cond(_is_to_come(), t("How to come"), t("Your appointment"))),
        rx.el.dl(
            _fact(t("When"), Visit.date, rx.el.br(), own_time()),
            _fact(t("How"), mode(Visit.mode)),
            _fact(t("Clinic"), Visit.clinic, rx.el.br(), Visit.address),
            _fact(t("Phone"), rx.el.a(Visit.phone, href=Visit.telephone)),
        ),
        rx.cond(
            Visit.own != "",
            rx.el.a(t("Move or cancel"), href=path("/appointment/") + Visit.own, class_name="quiet"),
        ),
        rx.cond(
            (LiveTurns.read_at != "") & LiveTurns.is_today,
            rx.el.p(t("As of"), " ", LiveTurns.read_at, class_name="as-of"),
        ),
        class_name="panel",
    )


def _is_to_come() -> rx.Var:
    """He is neither here nor is it over."""
    return rx.cond((Visit.token != "") & (LiveTurns.version >= 0), turn().status == "booked", True)


def _fact(name: str, *value: object) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(*value))


page = Page(
    route="/v/[code]",
    make=make,
    title=lambda: t("Your visit") + " · Aarogya Setu",
    description=lambda: t("Your visit"),
    on_load=(Visit.load, FreeMove.put_away),
)
