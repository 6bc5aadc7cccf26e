"""Buttons of the dashboard. While one's event is under way assets/day.js lets none of them be pressed."""

from typing import Any

import reflex as rx


def act(
    label: object,
    event: Any,
    *,
    name: str,
    kind: str = "quiet",
    shortcut: str = "",
    disabled: rx.Var[bool] | bool = False,
    **attributes: Any,
) -> rx.Component:
    """A button that does something to the day; `name` says what to the scripts, `shortcut` is its key."""
    data = {"data-act": name} | ({"data-key": shortcut} if shortcut else {})
    return rx.el.button(
        label,
        on_click=event,
        type="button",
        disabled=disabled,
        custom_attrs=data,
        class_name=kind,
        **attributes,
    )
