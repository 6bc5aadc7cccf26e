"""One who is booked on the day: who he is, what sets him apart, and what can be done to him."""

import reflex as rx
from reflex_components_core.el.element import Element

from aarogya_ui.components.acting import act
from aarogya_ui.components.payment_sheet import paid_mark, pay_button
from aarogya_ui.components.plain_form import plain_link
from aarogya_ui.words import path, t
from state.day import Day
from state.day_actions import DayActions
from state.day_rows import BookingRow
from state.live import LiveDay


class TimePassed(Element):
    """Minutes that go on by themselves: assets/now.js."""

    tag = "time-passed"


def who(booking: rx.Var[BookingRow]) -> rx.Component:
    """His token and his name, which leads to what is known of him."""
    return rx.fragment(
        rx.el.p(rx.cond(booking.token != "", booking.token, "–"), class_name="token", aria_label=t("Token")),
        rx.el.p(
            plain_link(rx.el.strong(booking.patient), href=path("/patient/") + booking.patient_id),
            rx.cond(booking.age != "", rx.el.span(" · " + booking.age, class_name="hint"), rx.fragment()),
            class_name="patient",
        ),
    )


def marks(booking: rx.Var[BookingRow]) -> rx.Component:
    """What sets him apart from the others."""
    return rx.fragment(
        rx.cond(booking.is_emergency, rx.el.span(t("Emergency"), class_name="mark emergency")),
        rx.cond(booking.is_late, rx.el.span(t("Late"), class_name="mark late")),
        rx.cond(booking.is_skipped, rx.el.span(t("Passed over"), class_name="mark skipped")),
        paid_mark(booking),
    )


def pay(booking: rx.Var[BookingRow], *, here: bool = False) -> rx.Component:
    """For the desk, where something is left to pay."""
    return rx.cond(Day.runs_desk, pay_button(booking, here=here))


def slip(booking: rx.Var[BookingRow]) -> rx.Component:
    """His token on paper, where he has one."""
    return rx.cond(
        booking.token != "",
        plain_link(t("Print the token"), href=path("/slip/") + booking.id, target="_blank", class_name="quiet"),
    )


def passed(booking: rx.Var[BookingRow]) -> rx.Component:
    """For how long by now."""
    return TimePassed.create(custom_attrs={"data-seconds": LiveDay.read_at - booking.since_at, "data-unit": t("min")})


def place(booking: rx.Var[BookingRow]) -> rx.Component:
    """The therapist and the room of a session that has them."""
    return rx.cond(booking.place != "", rx.el.span(booking.place, class_name="at-place"))


def skip(booking: rx.Var[BookingRow], *, shortcut: str = "") -> rx.Component:
    """He lets others go first."""
    return act(t("Let others go first"), DayActions.skip(booking.id, booking.version), name="skip", shortcut=shortcut)


def send(booking: rx.Var[BookingRow], *, shortcut: str = "") -> rx.Component:
    """On to a colleague or a therapist, where there is one."""
    data = {
        "data-opens": "send",
        "data-appointment": booking.id,
        "data-version": booking.version,
        "data-who": booking.patient,
    } | ({"data-key": shortcut} if shortcut else {})
    return rx.cond(
        Day.colleagues.length() + Day.therapists.length() > 0,
        rx.el.button(t("Send on"), type="button", custom_attrs=data, class_name="quiet"),
    )


def miss(booking: rx.Var[BookingRow], *, shortcut: str = "") -> rx.Component:
    """He did not come."""
    return act(
        t("Did not come"),
        DayActions.miss(booking.id, booking.version),
        name="miss",
        shortcut=shortcut,
        disabled=~booking.may_miss,
    )


def menu(booking: rx.Var[BookingRow], *actions: rx.Component) -> rx.Component:
    """What is done to him, and what comes after: his next visit, and the notes of who treats him."""
    whom = "/book?patient=" + booking.patient_id + "&doctor=" + Day.doctor_id + "&day=" + Day.day
    return rx.el.details(
        rx.el.summary("⋯", aria_label=booking.patient + ": " + t("more")),
        rx.el.div(
            *actions,
            rx.el.a(t("Next visit"), href=path("") + whom, class_name="quiet"),
            rx.cond(
                Day.may_note,
                plain_link(t("Notes"), href=path("/notes/") + booking.id, class_name="quiet"),
            ),
            class_name="choices",
        ),
        class_name="menu",
    )


def only_for_who_treats(action: rx.Component) -> rx.Component:
    """Nothing for everybody else."""
    return rx.cond(Day.may_treat, action)
