"""How late the day runs, and the buttons that say so."""

import reflex as rx

from aarogya_ui.components.acting import act
from aarogya_ui.words import t
from state.day_actions import DayActions
from state.live import LiveDay

STEPS = (5, 15, 30)


def running_late() -> rx.Component:
    """What is left of the day, and by how much it is to be put off."""
    return rx.el.div(
        rx.el.p(
            rx.el.strong(
                rx.cond(LiveDay.late != "", LiveDay.late, t("On time")),
                class_name=rx.cond(LiveDay.late != "", "late", "on-time"),
            ),
            rx.el.span(LiveDay.left, rx.cond(LiveDay.ends != "", " · " + LiveDay.ends, ""), class_name="hint"),
        ),
        rx.el.div(
            *[
                act(
                    f"+{minutes}",
                    DayActions.run_late(LiveDay.delay + minutes, LiveDay.delay),
                    aria_label=f"+{minutes} " + t("min later"),
                    name=f"late-{minutes}",
                    shortcut="l" if minutes == STEPS[0] else "",
                )
                for minutes in STEPS
            ],
            act(t("On time"), DayActions.run_late(0, LiveDay.delay), name="on-time", disabled=LiveDay.delay == 0),
            role="group",
            aria_label=t("Running late"),
            class_name="later-by",
        ),
        class_name="running-late",
    )
