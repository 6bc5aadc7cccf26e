"""What tells somebody who looks elsewhere that his turn comes: assets/visit.js."""

import reflex as rx
from reflex_components_core.el.element import Element

from aarogya_ui.words import t


class VisitBell(Element):
    """What tells somebody who looks elsewhere: the tab's title, a sound, a shake; assets/visit.js."""

    tag = "visit-bell"


def bell(standing: rx.Var[str] | str) -> rx.Component:
    """It rings when `standing` becomes `next`, and when it becomes `turn`; the browser wants to be asked first."""
    return VisitBell.create(
        rx.el.button(t("Tell me with a sound when it is my turn"), type="button", class_name="quiet arm"),
        rx.el.p(t("A sound will tell you. Keep this page open."), class_name="hint armed", role="status"),
        # An element of its own: Reflex names what depends on a state by its tag, which must not have a dash.
        rx.el.span(custom_attrs={"data-standing": standing}, hidden=True),
        custom_attrs={"data-turn": "● " + t("It is your turn"), "data-next": t("You are next")},
    )
