"""What became of the last action: a sentence at the foot of the page."""

import reflex as rx

from aarogya_ui.components.acting import act
from aarogya_ui.words import path, t
from state.day_actions import DayActions
from state.desk_walk_in import DeskWalkIn


def toast() -> rx.Component:
    """Read out when it changes; `data-answered` tells assets/day.js that the page may act again.

    After ten seconds the script takes away what can then no longer be undone.
    """
    return rx.el.div(
        rx.el.div(
            rx.cond(
                DayActions.refusal != "",
                rx.el.p(
                    rx.cond(DayActions.faster != "", DayActions.faster, DayActions.refusal), class_name="toast refused"
                ),
                rx.cond(DayActions.said != "", rx.el.p(DayActions.said, class_name="toast")),
            ),
            role="status",
            aria_live="polite",
        ),
        rx.cond(
            DayActions.undo_id != "",
            rx.el.span(
                act(t("Undo"), DayActions.undo, name="undo", shortcut="u"),
                rx.el.i(key=DayActions.answered.to_string(), class_name="runs-out"),
                class_name="undo",
            ),
        ),
        rx.cond(
            DayActions.slip_id != "",
            rx.fragment(
                rx.el.a(
                    t("Print the token"),
                    href=path("/slip/") + DayActions.slip_id + "?print",
                    target="_blank",
                    custom_attrs={"reloadDocument": True, "data-key": "p"},
                    class_name="quiet",
                ),
                act(t("Send it"), DeskWalkIn.send_slip(DayActions.slip_id), name="send-slip", shortcut="s"),
            ),
        ),
        rx.cond(
            DayActions.refusal + DayActions.said != "",
            act("×", DayActions.put_away, name="put-away", aria_label=t("Close")),
        ),
        custom_attrs={"data-answered": DayActions.answered},
        class_name="toasts",
    )
