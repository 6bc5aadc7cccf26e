"""The box that finds a patient by a few keystrokes: a combobox by the WAI-ARIA pattern. assets/find-patient.js has
its keys, and shows the list only as long as it answers what stands in the box.
"""

from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex_components_core.el.element import Element

from aarogya_ui.components.vocabulary import status
from aarogya_ui.words import path, t
from services.patients.wanted import LONGEST
from state.find_patient import FindPatient
from state.patient_rows import FoundRow

PAUSE_MS = 120
"""How long one stops typing before anything is looked for."""

INPUT, LIST, NEW = "find-patient", "found-patients", "new-patient"


class FindBox(Element):
    """What makes it a combobox: assets/find-patient.js."""

    tag = "find-patient"


def find_patient(on_choose: Callable[[rx.Var[str]], Any], *, new: str = NEW, is_first: bool = False) -> rx.Component:
    """The box, once on a page; `on_choose` is told the number of whoever is chosen, whom the clinic then knows.

    `new` is the element of the page that has the form for somebody new: whom nobody was found for is written down
    there, or on the page of patients. `is_first`: a page that is opened begins with it.
    """
    return FindBox.create(
        rx.el.label(t("Find a patient"), html_for=INPUT, class_name="sr"),
        rx.el.input(
            id=INPUT,
            type="text",
            role="combobox",
            placeholder=t("Name, last 4 digits, token, or scan"),
            auto_complete="off",
            auto_correct="off",
            auto_capitalize="off",
            spell_check=False,
            enter_key_hint="search",
            max_length=LONGEST,
            auto_focus=is_first,
            on_change=FindPatient.look_for.debounce(PAUSE_MS),
            on_mount=FindPatient.clear,
            custom_attrs={
                "aria-autocomplete": "list",
                "aria-haspopup": "listbox",
                "aria-controls": LIST,
                "aria-expanded": "false",
                "aria-keyshortcuts": "/",
            },
        ),
        rx.el.kbd("/", aria_hidden=True),
        rx.el.div(
            rx.el.p(t("Looking…"), class_name="looking"),
            rx.el.ul(
                rx.foreach(FindPatient.rows, lambda row: _option(row, on_choose)),
                id=LIST,
                role="listbox",
                aria_label=t("Patients found"),
            ),
            rx.cond(FindPatient.is_more, rx.el.p(FindPatient.said, class_name="many")),
            rx.cond(FindPatient.refusal != "", rx.el.p(FindPatient.refusal, class_name="refusal"), _nobody(new)),
            custom_attrs={"data-asked": FindPatient.asked},
            class_name="answer",
        ),
        rx.el.p(FindPatient.said, role="status", class_name="sr"),
    )


def _nobody(new: str) -> rx.Component:
    return rx.cond(
        FindPatient.rows.length() == 0,
        rx.cond(
            FindPatient.is_enough,
            rx.el.p(
                t("Nobody of your clinic fits."),
                " ",
                rx.el.a(
                    t("New patient"),
                    href=("" if new != NEW else path("/patients")) + "#" + new,
                    custom_attrs={"data-into": new},
                ),
                class_name="hint",
            ),
            rx.el.p(
                t("Two letters of a name, the last four digits of a telephone or all of it, or a token of today."),
                class_name="hint",
            ),
        ),
    )


def _option(row: rx.Var[FoundRow], on_choose: Callable[[rx.Var[str]], Any]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.strong(row.name),
            rx.cond(row.age != "", rx.el.span(row.age, class_name="hint")),
            rx.cond(row.phone != "", rx.el.span(row.phone, class_name="hint phone")),
            class_name="who",
        ),
        rx.cond(
            row.status != "",
            rx.el.span(
                rx.cond(row.token != "", rx.el.span(t("Token"), " ", row.token, class_name="token")),
                rx.el.span(status(row.status), class_name="status " + row.status),
                class_name="now",
            ),
        ),
        rx.cond(
            row.is_stranger,
            rx.el.span(t("New at your clinic, known by this number"), class_name="visits"),
            rx.el.span(
                rx.cond(row.today != "", rx.el.span(t("Today"), " ", row.today)),
                rx.cond(row.next != "", rx.el.span(t("Next visit"), " ", row.next)),
                rx.cond(row.last != "", rx.el.span(t("Last visit"), " ", row.last)),
                class_name="visits",
            ),
        ),
        id="found-" + row.id,
        role="option",
        key=row.id,
        on_click=[FindPatient.choose(row.id), on_choose(row.id)],
    )
