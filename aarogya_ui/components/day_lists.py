"""Those of the day by where they are: waiting, not here yet, done."""

from collections.abc import Callable

import reflex as rx

from aarogya_ui.components.acting import act
from aarogya_ui.components.day_booking import marks, menu, miss, only_for_who_treats, pay, place, send, skip, slip, who
from aarogya_ui.components.vocabulary import mode, source, status
from aarogya_ui.words import t
from state.day import Day
from state.day_actions import DayActions
from state.day_rows import BookingRow
from state.live import LiveDay

Line = Callable[[rx.Var[BookingRow]], rx.Component]


def lists() -> rx.Component:
    """Everybody else."""
    return rx.el.div(
        rx.cond(
            LiveDay.is_today,
            _group(t("Waiting"), LiveDay.waiting, _waiting, t("Nobody else is waiting."), "waiting"),
        ),
        _group(t("Not here yet"), LiveDay.to_come, _to_come, t("Nobody is expected any more."), "to-come"),
        rx.cond(
            LiveDay.is_today,
            rx.el.details(
                rx.el.summary(rx.el.h2(t("Done or missed")), rx.el.span(LiveDay.over.length(), class_name="how-many")),
                rx.el.ol(rx.foreach(LiveDay.over, _over), class_name="bookings"),
                class_name="group past",
            ),
            rx.fragment(
                _group(t("Waiting"), LiveDay.next, _plain, "", "waiting", only_where_any=True),
                _group(t("Done or missed"), LiveDay.over, _plain, "", "past", only_where_any=True),
            ),
        ),
        class_name="running-lists",
    )


def _group(
    name: str, rows: rx.Var[list[BookingRow]], line: Line, nobody: str, kind: str, *, only_where_any: bool = False
) -> rx.Component:
    group = rx.el.section(
        rx.el.header(rx.el.h2(name), rx.el.span(rows.length(), class_name="how-many")),
        rx.cond(
            rows.length() > 0,
            rx.el.ol(rx.foreach(rows, line), class_name="bookings"),
            rx.cond(Day.is_ready, rx.el.p(nobody, class_name="hint none-there")),
        ),
        class_name=f"group {kind}",
    )
    return rx.cond(rows.length() > 0, group) if only_where_any else group


def _waiting(booking: rx.Var[BookingRow]) -> rx.Component:
    return _line(
        booking,
        rx.el.span(LiveDay.expected[booking.id], class_name="when-in"),
        menu(
            booking,
            only_for_who_treats(
                act(
                    t("Call this one"),
                    DayActions.start(booking.id, booking.version),
                    name="start",
                    disabled=LiveDay.inside.length() > 0,
                )
            ),
            pay(booking),
            slip(booking),
            skip(booking),
            send(booking),
            miss(booking),
        ),
    )


def _to_come(booking: rx.Var[BookingRow]) -> rx.Component:
    return _line(
        booking,
        rx.cond(
            booking.status == "held",
            rx.el.span(status(booking.status), class_name="status held"),
            rx.el.span(LiveDay.expected[booking.id], class_name="when-in"),
        ),
        rx.cond(
            booking.status == "booked",
            rx.cond(
                LiveDay.is_today,
                rx.fragment(
                    act(t("Check in"), DayActions.check_in(booking.id, booking.version), name="check-in"),
                    pay(booking, here=True),
                    menu(booking, slip(booking), miss(booking)),
                ),
                menu(booking),
            ),
        ),
    )


def _over(booking: rx.Var[BookingRow]) -> rx.Component:
    return _line(
        booking,
        rx.el.span(status(booking.status), class_name="status " + booking.status),
        rx.cond(
            booking.status == "no_show",
            act(t("Here after all"), DayActions.recall(booking.id, booking.version), name="recall"),
        ),
        menu(booking, pay(booking)),
    )


def _plain(booking: rx.Var[BookingRow]) -> rx.Component:
    return _line(booking, rx.el.span(status(booking.status), class_name="status " + booking.status), menu(booking))


def _line(booking: rx.Var[BookingRow], standing: rx.Component, *actions: rx.Component) -> rx.Component:
    return rx.el.li(
        rx.el.p(rx.el.strong(booking.time), class_name="when"),
        who(booking),
        rx.el.p(
            marks(booking), mode(booking.mode), " · ", source(booking.source), place(booking), class_name="hint how"
        ),
        rx.el.div(standing, class_name="reads"),
        rx.el.div(*actions, class_name="acts"),
        class_name="booking " + booking.status,
        key=booking.id,
    )
