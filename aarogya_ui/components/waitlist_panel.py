"""A clinic's waitlists for its staff: what is on offer to whom until when, who waits, and how the order is overridden.

Any page may have it that runs `Waitlist.load` when it is opened.
"""

from typing import Any

import reflex as rx

from aarogya_ui.components.doctor_choice import option
from aarogya_ui.words import t
from state.live import LiveWaitlist
from state.waitlist import GIVE, PASS_ON, RETRACT, Waitlist
from state.waitlist_rows import OfferRow, WaiterRow


def waitlist_panel() -> rx.Component:
    """What is on offer, then who waits."""
    return rx.el.div(
        rx.cond(Waitlist.said != "", rx.el.p(Waitlist.said, role="status", class_name="outcome")),
        rx.el.section(
            rx.el.h2(t("On offer now"), rx.el.span(LiveWaitlist.offers.length(), class_name="how-many")),
            rx.cond(
                LiveWaitlist.offers.length() > 0,
                rx.el.ol(rx.foreach(LiveWaitlist.offers, _offer), class_name="offers"),
                rx.el.p(t("No freed time is being offered to anybody."), class_name="hint none-there"),
            ),
        ),
        rx.el.section(
            rx.el.h2(t("Who waits, in order"), rx.el.span(LiveWaitlist.waiters.length(), class_name="how-many")),
            rx.cond(
                LiveWaitlist.waiters.length() > 0,
                rx.fragment(
                    rx.el.p(
                        t("First whose appointment the clinic could not keep, then who came first."), class_name="hint"
                    ),
                    rx.el.ol(rx.foreach(LiveWaitlist.waiters, _waiter), class_name="waiters"),
                ),
                rx.el.p(t("Nobody is on a waitlist."), class_name="hint none-there"),
            ),
        ),
        class_name="waitlist-panel",
    )


def _offer(row: rx.Var[OfferRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(rx.el.strong(row.time), rx.el.span(row.doctor, class_name="hint"), class_name="what"),
            rx.el.p(row.patient, rx.el.span(t("until"), " ", row.until, class_name="mark late"), class_name="to-whom"),
        ),
        rx.el.div(
            _asks(t("Offer to another"), PASS_ON, row.id, row.patient),
            _asks(t("Take back"), RETRACT, row.id, row.patient),
            class_name="acts",
        ),
        _when(
            PASS_ON,
            row.id,
            rx.cond(
                Waitlist.others.length() > 0,
                _form(
                    Waitlist.pass_on,
                    row.id,
                    t("Offer it"),
                    _field(t("To whom"), rx.el.select(rx.foreach(Waitlist.others, option), name="to")),
                ),
                rx.el.p(t("Nobody else waits for this doctor."), class_name="hint"),
            ),
        ),
        _when(RETRACT, row.id, _form(Waitlist.retract, row.id, t("Take it back"))),
        key=row.id,
    )


def _waiter(row: rx.Var[WaiterRow]) -> rx.Component:
    return rx.el.li(
        rx.cond(row.heading != "", rx.el.h3(row.heading)),
        rx.el.div(
            rx.el.span(row.place, class_name="token"),
            rx.el.div(
                rx.el.p(
                    rx.el.strong(row.patient),
                    rx.cond(row.is_displaced, rx.el.span(t("the clinic cancelled the appointment"), class_name="mark")),
                ),
                rx.el.p(row.wish, class_name="hint"),
                rx.cond(
                    row.skips.length() > 0,
                    rx.el.details(
                        rx.el.summary(t("Passed over"), ": ", row.skips[0], class_name="hint"),
                        rx.el.ul(rx.foreach(row.skips, lambda skip: rx.el.li(skip))),
                        class_name="skips",
                    ),
                ),
            ),
            rx.cond(
                row.offered != "",
                rx.el.span(t("is offered"), " ", row.offered, class_name="status held"),
                rx.el.div(_asks(t("Offer a time"), GIVE, row.id, row.patient), class_name="acts"),
            ),
            class_name="place",
        ),
        _when(
            GIVE,
            row.id,
            rx.cond(
                Waitlist.times.length() > 0,
                _form(
                    Waitlist.give,
                    row.id,
                    t("Offer it"),
                    _field(
                        t("Time"),
                        rx.el.select(
                            rx.foreach(Waitlist.times, lambda each: rx.el.option(each.label, value=each.key)),
                            name="time",
                        ),
                    ),
                ),
                rx.el.p(t("No time is open on the days that were wished."), class_name="hint"),
            ),
        ),
        key=row.id,
    )


def _asks(label: str, what: str, about: rx.Var[str], whom: rx.Var[str]) -> rx.Component:
    return rx.el.button(
        label,
        type="button",
        on_click=Waitlist.ask(what, about),
        aria_label=label + ": " + whom.to(str),
        aria_expanded=((Waitlist.asked == what) & (Waitlist.about == about)).to_string(),
        class_name="quiet",
    )


def _when(what: str, about: rx.Var[str], content: rx.Component) -> rx.Component:
    return rx.cond((Waitlist.asked == what) & (Waitlist.about == about), rx.el.div(content, class_name="asked-about"))


def _form(event: Any, about: rx.Var[str], action: str, *fields: rx.Component) -> rx.Component:
    """What is asked for, and the reason."""
    return rx.el.form(
        rx.el.input(type="hidden", name="about", default_value=about),
        *fields,
        _field(t("Reason"), rx.el.input(name="reason", max_length=200, required=True, auto_complete="off")),
        rx.el.div(
            rx.el.button(t("Close"), type="button", on_click=Waitlist.put_away, class_name="quiet"),
            rx.el.button(action, type="submit", class_name="primary"),
            class_name="acts",
        ),
        rx.cond(Waitlist.error != "", rx.el.p(Waitlist.error, role="alert", class_name="refusal")),
        on_submit=event,
    )


def _field(label: str, control: rx.Component) -> rx.Component:
    return rx.el.label(rx.el.span(label), control, class_name="field")
