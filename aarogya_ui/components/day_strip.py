"""The day as a strip of time: a block for each appointment, and a line at the present moment."""

import reflex as rx
from reflex_components_core.el.element import Element

from aarogya_ui.components.vocabulary import status
from aarogya_ui.words import t
from state.day_rows import PresentMoment, StripBlock
from state.live import LiveDay
from state.week_rows import Line


class NowLine(Element):
    """The present moment: assets/now.js."""

    tag = "now-line"


def strip() -> rx.Component:
    """All of the day at a glance; what it says the lists say in words."""
    return rx.el.div(
        rx.el.div(rx.foreach(LiveDay.hours, _hour), class_name="hours"),
        rx.foreach(LiveDay.blocks, _block),
        rx.foreach(LiveDay.present, _now),
        role="img",
        aria_label=t("The day's appointments along its hours"),
        class_name="strip-of-day",
    )


def _hour(line: rx.Var[Line]) -> rx.Component:
    return rx.el.span(rx.el.i(line.label), style={"left": line.top}, key=line.top)


def _block(block: rx.Var[StripBlock]) -> rx.Component:
    return rx.el.span(
        rx.el.i(class_name="shape"),
        rx.el.span(block.label, " · ", status(block.kind), class_name="sr"),
        title=block.label,
        style={"left": block.left, "width": block.width},
        key=block.id,
        class_name="slice " + block.kind,
    )


def _now(now: rx.Var[PresentMoment]) -> rx.Component:
    data = {"data-minute": now.minute, "data-first": now.first, "data-last": now.last, "data-axis": "left"}
    return NowLine.create(key=now.key, custom_attrs=data)
