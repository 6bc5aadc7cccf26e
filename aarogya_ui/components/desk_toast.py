"""What became of the desk's last action: a sentence, the other times that are open, and the way back."""

import reflex as rx

from aarogya_ui.components.acting import act
from aarogya_ui.words import t
from state.desk_alternatives import Alternative
from state.desk_moves import DeskMoves


def desk_toast() -> rx.Component:
    """At the foot of the page; the grid reads it out. `data-answered` tells assets/day.js that one may act again."""
    return rx.el.div(
        rx.cond(
            DeskMoves.refusal != "",
            rx.el.div(
                rx.el.p(
                    rx.cond(DeskMoves.reason != "", DeskMoves.reason, DeskMoves.refusal), class_name="toast refused"
                ),
                rx.cond(
                    DeskMoves.alternatives.length() > 0,
                    rx.el.div(
                        rx.foreach(DeskMoves.alternatives, _alternative),
                        role="group",
                        aria_label=t("Other times"),
                        class_name="other-times",
                    ),
                ),
                class_name="why",
            ),
            rx.cond(DeskMoves.said != "", rx.el.p(DeskMoves.said, class_name="toast")),
        ),
        rx.cond(
            DeskMoves.undo_id != "",
            rx.el.span(
                act(t("Undo"), DeskMoves.undo, name="undo", shortcut="u"),
                rx.el.i(key=DeskMoves.answered.to_string(), class_name="runs-out"),
                class_name="undo",
            ),
        ),
        rx.cond(
            DeskMoves.refusal + DeskMoves.said != "",
            act("×", DeskMoves.put_away, name="put-away", aria_label=t("Close")),
        ),
        custom_attrs={"data-answered": DeskMoves.answered},
        class_name="toasts",
    )


def _alternative(other: rx.Var[Alternative]) -> rx.Component:
    return rx.el.button(
        other.label,
        on_click=DeskMoves.drop(
            0,
            DeskMoves.about,
            DeskMoves.version,
            other.doctor_id,
            other.day,
            other.minute,
            DeskMoves.tells,
            other.kind,
            other.place_id,
        ),
        type="button",
        custom_attrs={"data-act": "instead"},
        class_name="quiet",
        key=other.key,
    )
