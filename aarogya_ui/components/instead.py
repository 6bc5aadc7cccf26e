"""What stands on a page in place of what is not for whoever looks."""

import reflex as rx


def instead(sentence: str, action: str, address: str) -> rx.Component:
    """A sentence, and where to go from here."""
    return rx.el.div(rx.el.h1(sentence), rx.el.a(action, href=address, class_name="primary"), class_name="nothing")
