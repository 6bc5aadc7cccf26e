"""The two of the day that count this moment: who is with the doctor, and who is next."""

import reflex as rx

from aarogya_ui.components.acting import act
from aarogya_ui.components.day_booking import (
    marks,
    menu,
    miss,
    only_for_who_treats,
    passed,
    pay,
    place,
    send,
    skip,
    slip,
    who,
)
from aarogya_ui.components.payment_sheet import paid_mark
from aarogya_ui.words import t
from state.day import Day
from state.day_actions import DayActions
from state.day_rows import BookingRow
from state.live import LiveDay


def now_and_next() -> rx.Component:
    """The two that count this moment, with the big buttons of whoever treats; only on the day itself."""
    return rx.cond(
        LiveDay.is_today,
        rx.fragment(
            rx.el.section(
                rx.el.h2(t("Now")),
                rx.cond(
                    LiveDay.inside.length() > 0,
                    rx.foreach(LiveDay.inside, _inside),
                    rx.el.p(t("Nobody is with the doctor."), class_name="hint none-there"),
                ),
                class_name=rx.cond(Day.may_treat, "spot inside-now", "spot inside-now brief"),
            ),
            rx.el.section(
                rx.el.h2(t("Next")),
                rx.cond(
                    LiveDay.next.length() > 0,
                    rx.foreach(LiveDay.next, _next),
                    rx.el.p(t("Nobody is waiting."), class_name="hint none-there"),
                ),
                class_name=rx.cond(Day.may_treat, "spot next", "spot next brief"),
            ),
        ),
    )


def _inside(booking: rx.Var[BookingRow]) -> rx.Component:
    return _spot(
        booking,
        "in_consultation",
        (paid_mark(booking), t("since")),
        act(
            t("Finish"),
            DayActions.finish(booking.id, booking.version),
            name="finish",
            kind="primary big",
            shortcut="f",
        ),
        menu(booking, only_for_who_treats(send(booking, shortcut="o"))),
    )


def _next(booking: rx.Var[BookingRow]) -> rx.Component:
    return _spot(
        booking,
        "checked_in",
        (marks(booking), t("here since")),
        act(
            t("Call next"),
            DayActions.call_next,
            name="call-next",
            kind="primary big",
            shortcut="n",
            disabled=LiveDay.inside.length() > 0,
        ),
        menu(
            booking,
            pay(booking),
            slip(booking),
            skip(booking, shortcut="k"),
            send(booking),
            miss(booking, shortcut="m"),
        ),
    )


def _spot(
    booking: rx.Var[BookingRow],
    status: str,
    since: tuple[rx.Component | str, rx.Component | str],
    action: rx.Component,
    more: rx.Component,
) -> rx.Component:
    return rx.el.div(
        who(booking),
        rx.el.p(*since, " ", booking.since, " ", _passed(booking), place(booking), class_name="hint since"),
        only_for_who_treats(action),
        more,
        key=booking.id,
        class_name=f"booking {status}",
    )


def _passed(booking: rx.Var[BookingRow]) -> rx.Component:
    """In one piece, wherever the line ends."""
    return rx.el.span("· ", passed(booking), class_name="passed")
