"""Those of the day by where they are: with the doctor, next, waiting, not here yet, done."""

from collections.abc import Callable

import reflex as rx
from reflex_components_core.el.element import Element

from aarogya_ui.components.acting import act
from aarogya_ui.components.payment_sheet import paid_mark, pay_button
from aarogya_ui.components.plain_form import plain_link
from aarogya_ui.components.vocabulary import mode, source, status
from aarogya_ui.words import path, t
from state.day import Day
from state.day_actions import DayActions
from state.day_rows import BookingRow
from state.live import LiveDay


class TimePassed(Element):
    """Minutes that go on by themselves: assets/now.js."""

    tag = "time-passed"


Line = Callable[[rx.Var[BookingRow]], rx.Component]


def now_and_next() -> rx.Component:
    """The two that count this moment, with the big buttons; only on the day itself."""
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
                class_name="spot inside-now",
            ),
            rx.el.section(
                rx.el.h2(t("Next")),
                rx.cond(
                    LiveDay.next.length() > 0,
                    rx.foreach(LiveDay.next, _next),
                    rx.el.p(t("Nobody is waiting."), class_name="hint none-there"),
                ),
                class_name="spot next",
            ),
        ),
    )


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


def _inside(booking: rx.Var[BookingRow]) -> rx.Component:
    return rx.el.div(
        _who(booking),
        rx.el.p(
            paid_mark(booking),
            t("since"),
            " ",
            booking.since,
            " · ",
            _passed(booking),
            _place(booking),
            class_name="hint since",
        ),
        _only_for_who_treats(
            act(
                t("Finish"),
                DayActions.finish(booking.id, booking.version),
                name="finish",
                kind="primary big",
                shortcut="f",
            ),
        ),
        _menu(booking, _only_for_who_treats(_send(booking))),
        key=booking.id,
        class_name="booking in_consultation",
    )


def _next(booking: rx.Var[BookingRow]) -> rx.Component:
    return rx.el.div(
        _who(booking),
        rx.el.p(
            _marks(booking),
            t("here since"),
            " ",
            booking.since,
            " · ",
            _passed(booking),
            _place(booking),
            class_name="hint since",
        ),
        _only_for_who_treats(
            act(
                t("Call next"),
                DayActions.call_next,
                name="call-next",
                kind="primary big",
                shortcut="n",
                disabled=LiveDay.inside.length() > 0,
            ),
        ),
        _menu(booking, _pay(booking), _slip(booking), _skip(booking), _send(booking), _miss(booking)),
        key=booking.id,
        class_name="booking checked_in",
    )


def _waiting(booking: rx.Var[BookingRow]) -> rx.Component:
    return _line(
        booking,
        rx.el.span(LiveDay.expected[booking.id], class_name="when-in"),
        _menu(
            booking,
            _only_for_who_treats(
                act(
                    t("Call this one"),
                    DayActions.start(booking.id, booking.version),
                    name="start",
                    disabled=LiveDay.inside.length() > 0,
                )
            ),
            _pay(booking),
            _slip(booking),
            _skip(booking),
            _send(booking),
            _miss(booking),
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
                    _pay(booking, here=True),
                    _menu(booking, _slip(booking), _miss(booking)),
                ),
                _menu(booking),
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
        _menu(booking, _pay(booking)),
    )


def _plain(booking: rx.Var[BookingRow]) -> rx.Component:
    return _line(booking, rx.el.span(status(booking.status), class_name="status " + booking.status), _menu(booking))


def _line(booking: rx.Var[BookingRow], standing: rx.Component, *actions: rx.Component) -> rx.Component:
    return rx.el.li(
        rx.el.p(rx.el.strong(booking.time), class_name="when"),
        rx.el.p(rx.cond(booking.token != "", booking.token, "–"), class_name="token", aria_label=t("Token")),
        rx.el.p(
            plain_link(rx.el.strong(booking.patient), href=path("/patient/") + booking.patient_id),
            rx.cond(booking.age != "", rx.el.span(" · " + booking.age, class_name="hint"), rx.fragment()),
            class_name="patient",
        ),
        rx.el.p(
            _marks(booking), mode(booking.mode), " · ", source(booking.source), _place(booking), class_name="hint how"
        ),
        rx.el.div(standing, class_name="reads"),
        rx.el.div(*actions, class_name="acts"),
        class_name="booking " + booking.status,
        key=booking.id,
    )


def _who(booking: rx.Var[BookingRow]) -> rx.Component:
    return rx.fragment(
        rx.el.p(rx.cond(booking.token != "", booking.token, "–"), class_name="token", aria_label=t("Token")),
        rx.el.p(
            plain_link(rx.el.strong(booking.patient), href=path("/patient/") + booking.patient_id),
            rx.cond(booking.age != "", rx.el.span(" · " + booking.age, class_name="hint"), rx.fragment()),
            class_name="patient",
        ),
    )


def _marks(booking: rx.Var[BookingRow]) -> rx.Component:
    return rx.fragment(
        rx.cond(booking.is_emergency, rx.el.span(t("Emergency"), class_name="mark emergency")),
        rx.cond(booking.is_late, rx.el.span(t("Late"), class_name="mark late")),
        rx.cond(booking.is_skipped, rx.el.span(t("Passed over"), class_name="mark skipped")),
        paid_mark(booking),
    )


def _pay(booking: rx.Var[BookingRow], *, here: bool = False) -> rx.Component:
    """For the desk, where something is left to pay."""
    return rx.cond(Day.runs_desk, pay_button(booking, here=here))


def _slip(booking: rx.Var[BookingRow]) -> rx.Component:
    return rx.cond(
        booking.token != "",
        plain_link(t("Print the token"), href=path("/slip/") + booking.id, target="_blank", class_name="quiet"),
    )


def _passed(booking: rx.Var[BookingRow]) -> rx.Component:
    return TimePassed.create(custom_attrs={"data-seconds": LiveDay.read_at - booking.since_at, "data-unit": t("min")})


def _place(booking: rx.Var[BookingRow]) -> rx.Component:
    """The therapist and the room of a session that has them."""
    return rx.cond(booking.place != "", rx.el.span(booking.place, class_name="at-place"))


def _skip(booking: rx.Var[BookingRow]) -> rx.Component:
    return act(t("Let others go first"), DayActions.skip(booking.id, booking.version), name="skip")


def _send(booking: rx.Var[BookingRow]) -> rx.Component:
    data = {
        "data-opens": "send",
        "data-appointment": booking.id,
        "data-version": booking.version,
        "data-who": booking.patient,
    }
    return rx.cond(
        Day.colleagues.length() + Day.therapists.length() > 0,
        rx.el.button(t("Send on"), type="button", custom_attrs=data, class_name="quiet"),
    )


def _miss(booking: rx.Var[BookingRow]) -> rx.Component:
    return act(
        t("Did not come"),
        DayActions.miss(booking.id, booking.version),
        name="miss",
        disabled=~booking.may_miss,
    )


def _menu(booking: rx.Var[BookingRow], *actions: rx.Component) -> rx.Component:
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


def _only_for_who_treats(action: rx.Component) -> rx.Component:
    return rx.cond(Day.may_treat, action)
