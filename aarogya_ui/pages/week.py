"""`/week`: seven days of a doctor by the clinic's wall clock, for the doctor and the front desk."""

import reflex as rx
from reflex_components_core.el.element import Element

from aarogya_ui.components.doctor_choice import titled
from aarogya_ui.components.frame import frame
from aarogya_ui.components.hours_panel import hours_panel
from aarogya_ui.components.instead import instead
from aarogya_ui.components.vocabulary import status
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.hours import Hours
from state.live import LiveWeek
from state.week import Week
from state.week_rows import Block, Column, Line

CODES = ("booked", "checked_in", "in_consultation", "completed", "no_show", "held")
"""What the legend tells, in the order of a visit."""


class NowLine(Element):
    """The present moment: assets/now.js."""

    tag = "now-line"


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Week.is_signed_out,
            instead(t("Sign in to see the week."), t("Sign in"), path("/sign-in") + "?next=" + path("/week")),
            rx.cond(
                Week.is_refused,
                instead(t("This page is for the clinic's staff."), t("Find a doctor"), path("/")),
                rx.fragment(_head(), hours_panel(), _tabs(), _wall(), _legend()),
            ),
        ),
        name="week",
    )


def _head() -> rx.Component:
    return rx.el.header(
        titled(Week),
        rx.el.div(
            rx.el.button(t("Hours"), on_click=Hours.begin(Week.doctor_id, Week.day), class_name="quiet"),
            rx.el.a(t("The day"), href=_day_address(Week.day), class_name="quiet"),
            rx.el.button("‹", on_click=Week.turn(-1), aria_label=t("The week before"), class_name="quiet"),
            rx.el.button(t("This week"), on_click=Week.go_to_present, disabled=Week.is_present, class_name="quiet"),
            rx.el.button("›", on_click=Week.turn(1), aria_label=t("The week after"), class_name="quiet"),
            class_name="turn",
        ),
    )


def _tabs() -> rx.Component:
    """The seven days, where there is room for one."""
    return rx.el.div(
        rx.foreach(LiveWeek.columns, _tab), role="group", aria_label=t("Days of the week"), class_name="days"
    )


def _tab(column: rx.Var[Column]) -> rx.Component:
    return rx.el.button(
        rx.el.span(column.weekday),
        rx.el.strong(column.date),
        rx.el.span(rx.cond(column.taken > 0, column.taken, "–"), aria_hidden=True, class_name="hint"),
        on_click=Week.choose_day(column.key),
        aria_label=column.full,
        aria_pressed=column.key == Week.day,
        class_name=rx.cond(column.is_today, "today", ""),
        key=column.key,
    )


def _wall() -> rx.Component:
    return rx.cond(
        LiveWeek.columns.length() > 0,
        rx.el.div(
            rx.el.div(rx.foreach(LiveWeek.wall.hours, _hour), aria_hidden=True, class_name="hours"),
            rx.foreach(LiveWeek.columns, _column),
            class_name="wall",
            custom_attrs=_style(
                {"--minutes": LiveWeek.wall.last - LiveWeek.wall.first, "--shortest": LiveWeek.wall.shortest}
            ),
        ),
        rx.el.div(class_name="wall placeholder"),
    )


def _hour(line: rx.Var[Line]) -> rx.Component:
    return rx.el.span(line.label, custom_attrs=_style({"top": line.top}), key=line.label)


def _column(column: rx.Var[Column]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(
            rx.el.a(
                rx.el.span(column.weekday),
                rx.el.strong(column.date),
                href=_day_address(column.key),
                aria_label=column.full,
            )
        ),
        rx.el.div(
            rx.foreach(column.grounds, _ground),
            rx.cond(column.is_off, rx.el.p(t("No hours"), class_name="off hint")),
            rx.el.ol(rx.foreach(column.blocks, lambda block: _taken(block, column.key))),
            rx.cond(
                column.minute >= 0,
                NowLine.create(
                    custom_attrs={
                        "data-first": LiveWeek.wall.first,
                        "data-last": LiveWeek.wall.last,
                        "data-minute": column.minute,
                    },
                ),
            ),
            class_name="track",
        ),
        class_name=rx.cond(column.is_today, "column today", rx.cond(column.is_past, "column past", "column")),
        custom_attrs={"data-day": column.key, "data-chosen": column.key == Week.day},
        key=column.key,
    )


def _ground(block: rx.Var[Block]) -> rx.Component:
    return rx.el.div(
        rx.match(
            block.kind,
            ("pause", rx.el.span(t("Break"))),
            ("leave", rx.el.span(t("Leave"))),
            ("closed", rx.el.span(rx.cond(block.label != "", block.label, t("Closed")))),
            rx.fragment(),
        ),
        class_name="ground " + block.kind,
        custom_attrs=_style({"top": block.top, "height": block.height}),
        key=block.key,
    )


def _taken(block: rx.Var[Block], day: rx.Var[str]) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.span(aria_hidden=True, class_name="shape"),
            rx.el.span(block.time, class_name="time"),
            rx.el.strong(block.label),
            rx.el.span(_called(block.kind), class_name="sr"),
            href=_day_address(day),
        ),
        class_name=rx.cond(block.is_short, "taken short " + block.kind, "taken " + block.kind),
        custom_attrs={
            **_style({"top": block.top, "height": block.height, "left": block.left, "width": block.width}),
            "title": block.time + " " + block.label,
        },
        key=block.key,
    )


def _style(values: dict[str, rx.Var]) -> dict[str, rx.Var]:
    """Where something stands, set on the element itself: a class for each place would be one for each booking."""
    return {"style": rx.Var.create(values)}


def _called(code: rx.Var[str]) -> rx.Component:
    return rx.cond(code == "held", t("Kept for a moment"), status(code))


def _legend() -> rx.Component:
    return rx.el.ul(
        *[
            rx.el.li(rx.el.span(aria_hidden=True, class_name="shape"), _called(rx.Var.create(code)), class_name=code)
            for code in CODES
        ],
        aria_label=t("What the colours and shapes mean"),
        class_name="legend",
    )


def _day_address(day: rx.Var[str]) -> rx.Var[str]:
    return path("/day") + "?doctor=" + Week.doctor_id.to(str) + "&day=" + day.to(str)


page = Page(
    route="/week",
    make=make,
    title=lambda: t("The week") + " · Aarogya Setu",
    description=lambda: t("The week"),
    on_load=(Week.load,),
)
