"""Forms and links that the browser follows by itself; Reflex's own keep it from that."""

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


def plain_link(*children: object, href: object, **attributes: object) -> rx.Component:
    """A link that the browser follows by itself, to what is no page of Reflex: a chart, the charts opened."""
    return rx.el.a(*children, href=href, custom_attrs={"reloadDocument": True}, **attributes)
