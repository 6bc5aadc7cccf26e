"""Those whom a change of the calendar would strand, with what can be done about each."""

from typing import Any

import reflex as rx

from aarogya_ui.words import t
from state.strandings import StrandedRow


def stranded(rows: rx.Var[list[StrandedRow]], choose: Any) -> rx.Component:
    """A line each; `choose(id, choice)` is the handler."""
    return rx.cond(
        rows.length() > 0,
        rx.el.div(
            rx.el.h3(rows.length(), " ", t("appointments cannot stay where they are")),
            rx.el.ol(rx.foreach(rows, lambda row: _line(row, choose)), class_name="stranded"),
        ),
    )


def _line(row: rx.Var[StrandedRow], choose: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(rx.el.strong(row.patient), rx.el.span(row.time, class_name="hint")),
        rx.el.label(
            rx.el.span(t("What becomes of it"), class_name="sr"),
            rx.el.select(
                rx.cond(row.to != "", rx.el.option(t("Move to") + " " + row.proposal.to(str), value="move")),
                rx.el.option(t("Put on the waitlist"), value="offer"),
                rx.el.option(t("Cancel"), value="cancel"),
                value=row.choice,
                on_change=lambda choice: choose(row.id, choice),
            ),
        ),
        rx.cond(row.to == "", rx.el.p(t("Nothing equivalent is free near by."), class_name="hint none")),
        key=row.id,
    )
