"""Another time for one who waits for a late doctor: the open ones by day, a form of the browser's own."""

import reflex as rx

from aarogya_ui.components.standing import turn
from aarogya_ui.words import t
from state.free_move import FreeDay, FreeMove, FreeTime
from state.turns import LiveTurns
from state.visit import Visit


def free_move() -> rx.Component:
    """For one who waits, or is to come, while the doctor is late: whatever the clinic's rule."""
    may_move = turn().may_move & LiveTurns.is_today
    # Why it was refused is said though it is over; to one who has gone in it is nothing any more.
    is_waiting = (turn().status == "booked") | (turn().status == "checked_in")
    return rx.cond(
        may_move | (is_waiting & (FreeMove.refusal != "")),
        rx.el.section(
            rx.el.h2(t("Is that too late for you?")),
            rx.cond(
                may_move,
                rx.el.p(
                    t("Because of the delay you may take another time for free, however near yours is."),
                    class_name="hint",
                ),
            ),
            rx.cond(
                may_move & FreeMove.is_open,
                rx.cond(FreeMove.days.length() > 0, _times(), _none()),
                rx.fragment(
                    _refusal(),
                    rx.cond(
                        may_move,
                        rx.el.button(t("See other times"), on_click=FreeMove.look, type="button", class_name="primary"),
                    ),
                ),
            ),
            class_name="panel free-move",
        ),
    )


def _times() -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="seen", value=FreeMove.seen, read_only=True),
        rx.el.input(type="hidden", name="version", value=FreeMove.version, read_only=True),
        rx.foreach(FreeMove.days, _day),
        rx.el.p(t("As soon as you take another time, yours is open to others."), class_name="hint"),
        _refusal(),
        rx.el.div(
            rx.el.button(t("Take this time"), type="submit", class_name="primary"),
            rx.el.button(t("Keep my time"), on_click=FreeMove.put_away, type="button", class_name="quiet"),
            class_name="ways",
        ),
        on_submit=FreeMove.take,
    )


def _day(day: rx.Var[FreeDay], number: rx.Var[int]) -> rx.Component:
    """Its times are shown once it is opened; of the first day at once."""
    return rx.el.details(
        rx.el.summary(day.label, rx.el.small(day.times.length().to_string() + " " + t("open"))),
        rx.el.ol(rx.foreach(day.times, _time)),
        open=number == 0,
        custom_attrs={"name": "free-day"},
        key=day.key,
    )


def _time(time: rx.Var[FreeTime]) -> rx.Component:
    return rx.el.li(
        rx.el.label(rx.el.input(type="radio", name="starts_at", value=time.key), rx.el.span(time.label)), key=time.key
    )


def _refusal() -> rx.Component:
    """Where he looks: by the button that he has just pressed."""
    return rx.cond(FreeMove.refusal != "", rx.el.p(FreeMove.refusal, class_name="refusal", role="alert"))


def _none() -> rx.Component:
    return rx.el.p(
        t("The doctor has no other open time in the next two weeks. Please call the clinic:"),
        " ",
        rx.el.a(Visit.phone, href=Visit.telephone),
    )
