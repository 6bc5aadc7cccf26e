"""`/board/[slug]`: a clinic's waiting room, on a screen on the wall: tokens and rooms, no names; and it calls out."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors
from reflex_components_core.el.element import Element

from aarogya_ui.pages.page import Page
from aarogya_ui.words import language, path, t
from core.words import LANGUAGES, N_, words
from state.board import Board
from state.clinic_board import DeskRow, LiveBoard
from state.session import Session

CALL = N_("Token {token}. Please go to {place}.")
AGE = N_("As of {time}, {age} ago. Connecting again…")


class WallScreen(Element):
    """What only the browser can do: call out, tell how old it is, keep the screen awake; assets/board.js."""

    tag = "wall-screen"


def make() -> rx.Component:
    """The page: without what stands around the others, for nobody sits before it."""
    return rx.el.div(
        rx.cond(Session.is_over, rx.el.a(t("You have been signed out."), href="/auth/over", class_name="over")),
        rx.cond(Board.is_missing, _missing(), rx.fragment(_head(), _desks())),
        lang=language(),
        class_name="board",
    )


def _missing() -> rx.Component:
    return rx.el.main(
        rx.el.h1(t("We do not know this clinic.")),
        rx.el.a(t("Find a doctor"), href=path("/"), class_name="primary"),
        class_name="nothing",
    )


def _head() -> rx.Component:
    return rx.el.header(
        rx.el.div(rx.el.h1(Board.clinic), rx.el.p(LiveBoard.date, class_name="hint")),
        WallScreen.create(
            rx.el.p(class_name="age", role="status"),
            rx.el.button(t("Call out aloud"), type="button", aria_pressed="false", class_name="quiet voice"),
            rx.el.button(t("Full screen"), type="button", class_name="quiet full"),
            # Elements of their own: Reflex names what depends on a state by its tag, which must not have a dash.
            rx.el.span(custom_attrs={"data-calls": LiveBoard.calls}, hidden=True),
            rx.el.span(custom_attrs={"data-read": LiveBoard.read_at}, hidden=True),
            rx.el.span(custom_attrs={"data-cut": rx.cond(has_connection_errors, "yes", "")}, hidden=True),
            custom_attrs={
                "data-age": t(AGE),
                "data-minutes": t("{n} min"),
                "data-seconds": t("{n} s"),
                **{f"data-say-{code}": words(code).gettext(CALL) for code in LANGUAGES},
            },
        ),
        rx.el.p(LiveBoard.read_at, class_name="clock"),
    )


def _desks() -> rx.Component:
    return rx.el.main(
        rx.cond(
            LiveBoard.desks.length() > 0,
            rx.el.ol(rx.foreach(LiveBoard.desks, _desk), class_name="desks"),
            rx.el.p(
                rx.cond(
                    LiveBoard.others.length() > 0,
                    t("Nobody is being seen at this hour."),
                    rx.cond(Board.is_ready, t("No doctor sits here today."), ""),
                ),
                class_name="nobody",
            ),
        ),
        rx.cond(
            LiveBoard.others.length() > 0,
            rx.el.section(
                rx.el.h2(t("Also today"), class_name="label"),
                rx.el.ul(
                    rx.foreach(
                        LiveBoard.others, lambda desk: rx.el.li(rx.el.strong(desk.doctor), " ", desk.note, key=desk.id)
                    )
                ),
                class_name="others",
            ),
        ),
        rx.el.p(t("Have your token ready. It is on your appointment and on your phone."), class_name="foot"),
    )


def _desk(desk: rx.Var[DeskRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.h2(desk.doctor),
            rx.el.p(
                rx.cond(desk.room != "", rx.el.span(desk.room, class_name="room")),
                rx.cond(desk.late != "", rx.el.span(desk.late, class_name="late")),
                class_name="under",
            ),
            class_name="who-where",
        ),
        rx.el.p(
            rx.el.span(t("Now"), class_name="label"),
            rx.cond(
                desk.inside != "",
                rx.el.strong(desk.inside, key=desk.inside),
                rx.el.strong("–", class_name="none"),
            ),
            class_name="now",
        ),
        rx.el.div(
            rx.cond(
                desk.note != "",
                rx.el.p(desk.note, class_name="note"),
                rx.fragment(
                    rx.el.span(t("Next"), class_name="label"),
                    rx.el.ol(
                        rx.foreach(desk.coming, lambda token: rx.el.li(token, key=token)),
                        rx.cond(desk.more != "", rx.el.li(desk.more, class_name="more-wait")),
                    ),
                ),
            ),
            class_name="coming",
        ),
        class_name=rx.cond(desk.inside != "", "desk is-on", "desk"),
        key=desk.id,
    )


page = Page(
    route="/board/[slug]",
    make=make,
    title=lambda: t("Waiting room") + " · Aarogya Setu",
    description=lambda: t("Waiting room"),
    on_load=(Board.load,),
)
