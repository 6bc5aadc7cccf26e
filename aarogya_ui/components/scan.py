"""The picture of a visit's link, to be held before the reader at the front desk."""

import reflex as rx

from aarogya_ui.words import t


def scan(picture: rx.Var[str]) -> rx.Component:
    """The picture and what it is for; nothing where there is none."""
    return rx.cond(
        picture != "",
        rx.el.figure(
            rx.el.img(src=picture, alt=t("Code of this visit"), width="148", height="148"),
            rx.el.figcaption(t("Show this at the front desk."), class_name="hint"),
            class_name="scan",
        ),
    )
