"""A form that the browser sends by itself; Reflex's own keeps every form from being sent."""

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML


class PlainForm(BaseHTML):
    """The form element as HTML has it."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]


def post_form(*children: rx.Component, action: str, class_name: str = "") -> rx.Component:
    """A form posted to `action`."""
    return PlainForm.create(*children, action=action, method="post", class_name=class_name)
