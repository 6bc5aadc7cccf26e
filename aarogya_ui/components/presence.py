"""Who else of the staff has this day open: a face each."""

import reflex as rx

from aarogya_ui.components.vocabulary import role
from aarogya_ui.words import t
from state.live import LivePresence
from state.presence import Presence
from state.rows import PersonRow


def presence() -> rx.Component:
    """The others, by name; nothing where one is alone."""
    return rx.el.ul(
        rx.foreach(LivePresence.people, _person),
        aria_label=t("Also looking at this day"),
        aria_live="polite",
        class_name="presence",
    )


def _person(person: rx.Var[PersonRow]) -> rx.Component:
    return rx.cond(
        person.id != Presence.me,
        rx.el.li(
            rx.el.span(person.initials, aria_hidden=True, class_name="face"),
            rx.el.span(person.name, rx.el.small(" · ", role(person.role), class_name="hint")),
            title=person.name,
            key=person.id,
        ),
    )
