"""Someone walks in: his telephone and name, a doctor or whoever is free first. assets/day.js opens the sheet."""

from typing import Any

import reflex as rx

from aarogya_ui.components.day_sheets import labelled, sheet
from aarogya_ui.words import t
from state.desk_walk_in import FIRST, DeskWalkIn
from state.live import LiveWaits
from state.waits import WaitRow

Own = tuple[rx.Var[str], rx.Var[str]]
"""The number and the name of the doctor whose day is open."""


def walk_in_button(clinic_id: rx.Var[str], *, with_waits: rx.Var[bool] | bool = True) -> rx.Component:
    """What opens it, and asks how long the waits at that clinic are, for one who may know."""
    return rx.cond(with_waits, _button(DeskWalkIn.look(clinic_id)), _button(None))


def walk_in_sheet(
    clinic_id: rx.Var[str],
    *,
    doctor_id: rx.Var[str] | None = None,
    doctor: rx.Var[str] | None = None,
    with_waits: rx.Var[bool] | bool = True,
) -> rx.Component:
    """The doctor whose day is open is chosen at first; where there is none, whoever is free first."""
    own = None if doctor_id is None or doctor is None else (doctor_id, doctor)
    return sheet(
        "walk-in",
        t("Add walk-in"),
        DeskWalkIn.add,
        rx.el.input(name="clinic", type="hidden", value=clinic_id, read_only=True),
        rx.el.div(
            labelled(
                t("Phone number"),
                rx.el.input(
                    name="phone",
                    type="tel",
                    input_mode="tel",
                    auto_complete="off",
                    max_length=24,
                    required=True,
                    auto_focus=True,
                ),
            ),
            labelled(t("Name"), rx.el.input(name="name", auto_complete="off", max_length=120, required=True)),
            class_name="two",
        ),
        rx.cond(with_waits, _doctors(own), _only(own)),
        rx.el.div(
            labelled(
                t("Comes for"),
                rx.el.select(
                    rx.el.option(t("First visit"), value="first_visit"),
                    rx.el.option(t("Follow-up"), value="follow_up"),
                    rx.el.option("Panchakarma", value="panchakarma"),
                    name="visit",
                ),
            ),
            rx.el.label(
                rx.el.input(name="emergency", type="checkbox"),
                rx.el.span(t("Emergency: goes in first")),
                class_name="check",
            ),
            class_name="two",
        ),
        action=t("Add"),
        kind="wide",
    )


def _button(event: Any) -> rx.Component:
    data = {"data-opens": "walk-in", "data-key": "w"}
    more = {"on_click": event} if event is not None else {}
    return rx.el.button(t("Add walk-in"), type="button", custom_attrs=data, class_name="primary", **more)


def _only(own: Own | None) -> rx.Component:
    if own is None:
        return rx.fragment()
    doctor_id, doctor = own
    return rx.el.p(
        rx.el.input(name="doctor", type="hidden", value=doctor_id, read_only=True),
        t("Doctor"),
        ": ",
        rx.el.strong(doctor),
        class_name="hint",
    )


def _doctors(own: Own | None) -> rx.Component:
    """Radio buttons that the browser keeps; what stands beside them is live."""
    first = _choice(
        FIRST,
        t("First free"),
        rx.cond(LiveWaits.version < 0, "…", LiveWaits.first),
        rx.cond(LiveWaits.is_full, t("no time left today"), LiveWaits.first_wait),
        is_chosen=own is None,
    )
    if own is None:
        return _group(first, rx.foreach(LiveWaits.waits, _doctor))
    doctor_id, doctor = own
    known = LiveWaits.known[doctor_id]
    mine = _choice(doctor_id, doctor, _ahead(known), known.wait, is_chosen=True)
    others = rx.foreach(LiveWaits.waits, lambda row: rx.cond(row.id == doctor_id, rx.fragment(), _doctor(row)))
    return _group(mine, first, others)


def _group(*choices: rx.Component) -> rx.Component:
    return rx.el.fieldset(rx.el.legend(t("Doctor, and how long the wait is")), *choices, class_name="waits")


def _doctor(row: rx.Var[WaitRow]) -> rx.Component:
    return _choice(
        row.id, row.doctor, _ahead(row), row.wait, kind=rx.cond(row.when == "", "choice full", "choice"), key=row.id
    )


def _ahead(row: rx.Var[WaitRow]) -> rx.Component:
    """How many go in before him, and between when and when he would."""
    many = rx.fragment(row.ahead, " ", rx.cond(row.ahead == 1, t("person ahead"), t("people ahead")))
    return rx.cond(row.when, rx.fragment(rx.cond(row.ahead == 0, t("nobody ahead"), many), " · ", row.when))


def _choice(
    value: Any,
    name: Any,
    more: Any,
    wait: Any,
    *,
    is_chosen: bool = False,
    kind: rx.Var[str] | str = "choice",
    **attributes: Any,
) -> rx.Component:
    return rx.el.label(
        rx.el.input(name="doctor", type="radio", value=value, default_checked=is_chosen, required=True),
        rx.el.span(rx.el.strong(name), rx.el.small(more, class_name="hint"), class_name="of-whom"),
        rx.el.strong(wait, class_name="wait"),
        class_name=kind,
        **attributes,
    )
