"""Whom a change meets: ticked in the browser, decided for all that are ticked or one by one, and carried out as one."""

import reflex as rx

from aarogya_ui.words import t
from state.happened import LATE, SOME
from state.rearrange import Rearrange
from state.rearrange_rows import STAY, MetRow

MAY_STAY = (Rearrange.kind == LATE) | (Rearrange.kind == SOME)


def met() -> rx.Component:
    """The list, and what is done with it."""
    return rx.cond(
        Rearrange.is_known,
        rx.el.section(
            rx.cond(
                Rearrange.rows.length() > 0,
                rx.el.form(_decide(), _list(), on_submit=Rearrange.apply),
                rx.el.p(t("Nobody has an appointment then."), class_name="hint none-there"),
            ),
            _carry_out(),
            aria_label=t("Whom it meets"),
            class_name="met",
        ),
    )


def _decide() -> rx.Component:
    return rx.el.div(
        rx.el.label(
            rx.el.input(type="checkbox", custom_attrs={"data-all": ""}),
            rx.el.span(t("All"), " (", Rearrange.rows.length(), ")"),
            class_name="check",
        ),
        rx.el.label(
            rx.el.span(t("Those ticked"), class_name="hint"),
            rx.el.select(
                rx.el.option(t("move to what is proposed"), value="move"),
                rx.el.option(t("are to be offered a time"), value="offer"),
                rx.el.option(t("are cancelled"), value="cancel"),
                rx.cond(MAY_STAY, rx.el.option(t("stay where they are"), value=STAY)),
                name="becomes",
            ),
            class_name="becomes",
        ),
        rx.el.button(t("Apply"), type="submit", class_name="quiet"),
        class_name="decide",
    )


def _list() -> rx.Component:
    return rx.el.ol(rx.foreach(Rearrange.rows, _line))


def _line(row: rx.Var[MetRow]) -> rx.Component:
    return rx.el.li(
        rx.el.label(
            rx.el.input(type="checkbox", name="pick-" + row.id.to(str), aria_label=row.patient),
            class_name="tick",
        ),
        rx.el.span(row.token, class_name="token", aria_label=t("Token")),
        rx.el.p(
            rx.el.strong(row.patient),
            rx.cond(row.is_here, rx.el.span(t("Here"), class_name="mark late")),
            class_name="patient",
        ),
        rx.el.p(row.time, rx.el.span(row.doctor), class_name="hint was"),
        rx.el.label(
            rx.el.span(t("What becomes of it"), class_name="sr"),
            rx.el.select(
                rx.cond(row.to != "", rx.el.option(t("Move to") + " " + row.proposal.to(str), value="move")),
                rx.el.option(t("To be offered a time"), value="offer"),
                rx.el.option(t("Cancel"), value="cancel"),
                rx.cond(MAY_STAY, rx.el.option(t("Stays"), value=STAY)),
                value=row.choice,
                on_change=lambda choice: Rearrange.choose(row.id, choice),
            ),
            rx.cond(row.to == "", rx.el.span(t("Nothing equivalent is free near by."), class_name="hint none")),
            class_name="becomes-of " + row.choice.to(str),
        ),
        key=row.id,
    )


def _carry_out() -> rx.Component:
    return rx.el.div(
        rx.cond(Rearrange.summary != "", rx.el.p(Rearrange.summary, role="status", class_name="sum")),
        rx.cond(
            Rearrange.of > 0,
            rx.el.label(
                rx.el.span(t("Under way; until all is done, nothing is.")),
                rx.el.progress(value=Rearrange.done, max=Rearrange.of),
                class_name="far",
            ),
            rx.fragment(
                rx.el.label(
                    rx.el.input(type="checkbox", checked=Rearrange.tells, on_change=Rearrange.tell),
                    rx.el.span(t("The patients are told")),
                    class_name="check",
                ),
                rx.el.button(t("Carry it out"), type="button", on_click=Rearrange.carry_out, class_name="primary"),
            ),
        ),
        class_name="carry-out",
    )
