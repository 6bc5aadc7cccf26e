"""A part of a page with a heading, and what folds out in it."""

import reflex as rx


def panel(title: rx.Var[str] | str, *content: rx.Component) -> rx.Component:
    """A part with its heading."""
    return rx.el.section(rx.el.h2(title), *content, class_name="panel")


def fold(title: str, *content: rx.Component, is_open: rx.Var[bool] | bool = False) -> rx.Component:
    """What is there for who asks for it; `is_open` where it came back with something wrong in it."""
    return rx.el.details(rx.el.summary(title), *content, open=is_open, class_name="fold")
