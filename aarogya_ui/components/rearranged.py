"""What was done, lately or just now, with what became of each, and how it is taken back."""

import reflex as rx

from aarogya_ui.words import t
from state.rearrange_rows import DoneRow, FateRow
from state.rearranged import Rearranged


def outcome() -> rx.Component:
    """What became of the last action."""
    return rx.fragment(
        rx.cond(
            Rearranged.error != "",
            rx.el.div(
                rx.el.p(Rearranged.error),
                rx.cond(
                    Rearranged.in_the_way.length() > 0,
                    rx.el.ul(
                        rx.foreach(
                            Rearranged.in_the_way,
                            lambda row: rx.el.li(
                                rx.cond(row.who != "", rx.el.strong(row.who + ": ")), row.why, key=row.id
                            ),
                        )
                    ),
                ),
                role="alert",
                class_name="refusal",
            ),
        ),
        rx.cond(
            Rearranged.said != "",
            rx.el.div(
                rx.el.p(Rearranged.said),
                rx.cond(
                    Rearranged.undoable != "",
                    rx.el.button(
                        t("Undo"), type="button", on_click=Rearranged.undo(Rearranged.undoable), class_name="quiet"
                    ),
                ),
                role="status",
                class_name="outcome",
            ),
        ),
    )


def lately() -> rx.Component:
    """The last week's, each to be looked at and taken back as one."""
    return rx.cond(
        Rearranged.lately.length() > 0,
        rx.el.section(
            rx.el.h2(t("Done in the last seven days")),
            rx.el.ol(rx.foreach(Rearranged.lately, _done)),
            class_name="lately",
        ),
    )


def _done(row: rx.Var[DoneRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(rx.el.strong(row.what), rx.el.span(row.when)),
            rx.el.p(rx.el.span(row.count), rx.el.span(row.by), class_name="hint"),
        ),
        rx.el.div(
            rx.el.button(
                t("Who"),
                type="button",
                on_click=Rearranged.show(row.id),
                aria_expanded=(Rearranged.opened == row.id).to_string(),
                aria_label=t("Who") + ": " + row.what.to(str),
                class_name="quiet",
            ),
            rx.el.button(
                t("Undo"),
                type="button",
                on_click=Rearranged.undo(row.id),
                aria_label=t("Undo") + ": " + row.what.to(str),
                class_name="quiet",
            ),
            class_name="acts",
        ),
        rx.cond(Rearranged.opened == row.id, rx.el.ol(rx.foreach(Rearranged.fates, _fate), class_name="fates")),
        key=row.id,
    )


def _fate(row: rx.Var[FateRow]) -> rx.Component:
    return rx.el.li(
        rx.el.p(rx.el.strong(row.patient), rx.el.span(row.was, class_name="hint")),
        rx.match(
            row.fate,
            ("moved", rx.el.span("→ ", row.now, class_name="fate moved")),
            ("offered", rx.el.span(t("to be offered a time"), class_name="fate offered")),
            rx.el.span(t("cancelled"), class_name="fate cancelled"),
        ),
        key=row.id,
    )
