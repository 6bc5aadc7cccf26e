"""The grid of a day's times: live, each a button while it is open."""

import reflex as rx

from aarogya_ui.words import t
from state.booking import Booking
from state.doctor import Doctor
from state.live import LiveAccount, LiveSlots
from state.rows import SlotCell


def slot_grid() -> rx.Component:
    """Morning, afternoon and evening of the chosen day."""
    return rx.el.div(
        _part(t("Morning"), LiveSlots.morning),
        _part(t("Afternoon"), LiveSlots.afternoon),
        _part(t("Evening"), LiveSlots.evening),
        rx.cond(
            (LiveSlots.version >= 0)
            & (LiveSlots.morning.length() + LiveSlots.afternoon.length() + LiveSlots.evening.length() == 0),
            rx.el.p(t("The doctor does not sit on this day."), class_name="nothing"),
        ),
        class_name="slots",
    )


def _part(title: str, cells: rx.Var) -> rx.Component:
    return rx.cond(
        cells.length() > 0,
        rx.el.section(
            rx.el.h3(title),
            rx.el.ol(rx.foreach(cells, _cell)),
            aria_label=title,
        ),
    )


def _cell(cell: rx.Var[SlotCell]) -> rx.Component:
    is_mine = LiveAccount.held_slot == cell.key
    fits = rx.cond(Doctor.mode == "video", cell.video, cell.in_person)
    return rx.el.li(
        rx.el.button(
            rx.el.span(cell.time),
            rx.el.small(
                rx.cond(
                    is_mine,
                    t("yours"),
                    rx.match(
                        cell.status,
                        ("held", t("on hold")),
                        ("booked", t("taken")),
                        ("blocked", t("closed")),
                        "",
                    ),
                )
            ),
            on_click=Booking.hold(cell.key),
            disabled=(cell.status != "open") | ~fits,
            class_name=rx.cond(is_mine, "slot mine", rx.cond(fits, "slot " + cell.status, "slot other-mode")),
        ),
        key=cell.key,
    )
