"""What stands at an address that leads nowhere: one page for every language, so it speaks all of them."""

import reflex as rx

from aarogya_ui.components.frame import frame
from aarogya_ui.pages.page import Page
from aarogya_ui.words import language, path, speaking, t
from core.words import LANGUAGES


def make() -> rx.Component:
    """The page."""
    return frame(*[_said(each) for each in LANGUAGES], name="not-found")


def _said(spoken: str) -> rx.Component:
    with speaking(spoken):
        heading = rx.el.h1 if language() == LANGUAGES[0] else rx.el.h2
        return rx.el.div(
            heading(t("There is no such page.")),
            rx.el.a(t("Find a doctor"), href=path("/"), class_name="primary"),
            lang=spoken,
            class_name="nothing",
        )


page = Page(
    route="404",
    make=make,
    title=lambda: t("There is no such page.") + " · Aarogya Setu",
    description=lambda: t("There is no such page."),
)
