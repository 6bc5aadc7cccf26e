"""The held time: how long it is kept, for whom, and the button that makes it an appointment."""

import reflex as rx

from aarogya_ui.components.vocabulary import mode
from aarogya_ui.words import path, t
from state.booking import Alternative, Booking, Person
from state.live import LiveAccount
from state.rows import VisitRow


def held(*, may_move: bool = False) -> rx.Component:
    """The hold of whoever is signed in, wherever it was made; where one may be moving an appointment, its new time."""
    return rx.foreach(LiveAccount.held, lambda visit: _sheet(visit, may_move=may_move))


def moving() -> rx.Component:
    """Which appointment is being moved, and the way back."""
    return rx.cond(
        Booking.moving != "",
        rx.el.div(
            rx.el.p(
                t("You are moving your appointment of"),
                " ",
                rx.el.strong(Booking.moving_from),
                ". ",
                t("Choose a time."),
            ),
            rx.el.a(t("Leave it as it is"), href=path("/appointment/") + Booking.moving, class_name="quiet"),
            class_name="moving",
            role="status",
        ),
    )


def refusal() -> rx.Component:
    """Why the last wish was not met, and the nearest open times."""
    return rx.cond(
        Booking.refusal != "",
        rx.el.div(
            rx.el.p(Booking.refusal),
            rx.cond(
                Booking.alternatives.length() > 0,
                rx.fragment(
                    rx.el.p(t("The nearest open times:"), class_name="hint"),
                    rx.el.div(rx.foreach(Booking.alternatives, _alternative), class_name="alternatives"),
                ),
            ),
            rx.el.button(t("Close"), on_click=Booking.put_away, class_name="quiet"),
            class_name="refusal",
            role="alert",
        ),
    )


def _alternative(each: rx.Var[Alternative]) -> rx.Component:
    return rx.el.button(each.label, on_click=Booking.hold(each.key), class_name="slot open", key=each.key)


def _sheet(visit: rx.Var[VisitRow], *, may_move: bool) -> rx.Component:
    confirm = rx.el.button(t("Confirm the appointment"), on_click=Booking.confirm(visit.id), class_name="primary")
    move = rx.el.button(t("Move it here"), on_click=Booking.move(visit.id), class_name="primary")
    return rx.el.section(
        rx.el.div(
            rx.el.p(
                t("Kept for you"),
                " ",
                rx.el.time(
                    class_name="countdown",
                    custom_attrs={"data-until": visit.held_until, "data-read": visit.read_at},
                    aria_hidden="true",
                ),
                class_name="kept",
            ),
            rx.el.p(rx.el.strong(visit.short_date + ", " + visit.time)),
            rx.el.p(visit.doctor, " · ", mode(visit.mode), " · ", visit.fee, class_name="hint"),
            rx.el.p(t("Patient"), ": ", visit.patient, class_name="hint"),
        ),
        rx.el.div(
            rx.cond(Booking.moving != "", move, confirm) if may_move else confirm,
            rx.el.button(t("Let it go"), on_click=Booking.release(visit.id), class_name="quiet"),
            class_name="actions",
        ),
        class_name="hold-sheet",
        aria_label=t("The time kept for you"),
        key=visit.id,
    )


def whom_for() -> rx.Component:
    """Which member of the family the booking is for; nothing where there is but one."""
    return rx.cond(
        (Booking.people.length() > 1) & (Booking.moving == ""),
        rx.el.label(
            rx.el.span(t("Patient")),
            rx.el.select(
                rx.foreach(Booking.people, _person),
                value=Booking.patient_id,
                on_change=Booking.choose_patient,
                name="patient",
            ),
            class_name="field",
        ),
    )


def _person(person: rx.Var[Person]) -> rx.Component:
    return rx.el.option(person.name, value=person.id)
