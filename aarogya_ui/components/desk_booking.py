"""The sheet that gives an open time of the grid to somebody on the telephone; assets/desk/ fills in which."""

import reflex as rx

from aarogya_ui.words import t
from state.desk_moves import DeskMoves


def desk_booking() -> rx.Component:
    """Telephone and name; whoever is known by them is found."""
    return rx.el.dialog(
        rx.el.form(
            rx.el.h2(t("Book this time")),
            rx.el.p(class_name="where"),
            *[rx.el.input(name=name, type="hidden") for name in ("doctor", "day", "minute")],
            _field(
                t("Phone number"),
                rx.el.input(name="phone", type="tel", auto_complete="off", max_length=24, required=True),
            ),
            _field(t("Name"), rx.el.input(name="name", auto_complete="off", max_length=120, required=True)),
            _field(
                t("Comes for"),
                rx.el.select(
                    rx.el.option(t("First visit"), value="first_visit"),
                    rx.el.option(t("Follow-up"), value="follow_up"),
                    rx.el.option("Panchakarma", value="panchakarma"),
                    name="visit",
                ),
            ),
            rx.cond(DeskMoves.refusal != "", rx.el.p(DeskMoves.refusal, class_name="refusal", role="alert")),
            rx.el.div(
                rx.el.button(t("Close"), type="button", custom_attrs={"data-closes": ""}, class_name="quiet"),
                rx.el.button(t("Book"), type="submit", class_name="primary"),
                class_name="row",
            ),
            on_submit=DeskMoves.book,
        ),
        id="book-here",
        aria_label=t("Book this time"),
        class_name="sheet",
    )


def _field(name: str, control: rx.Component) -> rx.Component:
    return rx.el.label(rx.el.span(name), control, class_name="field")
