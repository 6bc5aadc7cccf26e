"""Two records of one person: found, laid side by side, made one; and those that were, to be taken apart again."""

import reflex as rx

from aarogya_ui.words import t
from state.merging import ComparedRow, MergedRow, Merging
from state.patients import Patients


def merging() -> rx.Component:
    """What stands on a card about other records of the same person."""
    return rx.fragment(
        rx.cond(Merging.said != "", rx.el.p(Merging.said, role="status", class_name="outcome")),
        rx.cond(
            (Merging.refusal != "") & (Merging.kept_id == ""),
            rx.el.p(Merging.refusal, role="alert", class_name="refusal"),
        ),
        rx.foreach(Patients.merged, _merged),
        rx.cond(Merging.is_choosing, _choosing()),
        rx.cond(Merging.kept_id != "", _comparison()),
    )


def begin_button() -> rx.Component:
    """There is another record of him."""
    return rx.cond(
        Patients.may_merge,
        rx.el.button(t("Same person twice?"), on_click=Merging.begin, type="button", class_name="quiet"),
    )


def _merged(merge: rx.Var[MergedRow]) -> rx.Component:
    return rx.el.p(
        rx.el.span(
            t("Also known as"), " ", rx.el.strong(merge.name), " · ", t("can be undone until"), " ", merge.until
        ),
        rx.el.button(
            t("Undo the merge"),
            on_click=[Merging.undo(merge.id), Patients.refresh],
            type="button",
            class_name="quiet",
        ),
        key=merge.id,
        class_name="was-merged",
    )


def _choosing() -> rx.Component:
    return rx.el.p(
        rx.el.span(t("Find the other record in the box above.")),
        rx.el.button(t("Cancel"), on_click=Merging.put_away, type="button", class_name="quiet"),
        role="status",
        class_name="was-merged",
    )


def _comparison() -> rx.Component:
    return rx.el.form(
        rx.el.h3(t("One person, two records?")),
        rx.el.input(type="hidden", name="first", value=Merging.kept_id, read_only=True),
        rx.el.input(type="hidden", name="second", value=Merging.merged_id, read_only=True),
        rx.el.table(
            rx.el.thead(
                rx.el.tr(rx.el.td(), rx.el.th(t("Stays"), scope="col"), rx.el.th(t("Goes over to it"), scope="col"))
            ),
            rx.el.tbody(
                _choice(t("Name"), "name_of", Merging.kept_name, Merging.merged_name),
                _choice(t("Phone number"), "phone_of", Merging.kept_phone, Merging.merged_phone),
                rx.foreach(Merging.rows, _row),
            ),
        ),
        rx.cond(
            Merging.refusal != "",
            rx.el.p(Merging.refusal, role="alert", class_name="refusal"),
            rx.el.p(
                t("Appointments, notes, courses and waitlists go over."),
                " ",
                t("Both names and numbers go on finding the person."),
                " ",
                t("For seven days it can be undone."),
                class_name="hint",
            ),
        ),
        rx.el.div(
            rx.el.button(t("Make them one"), type="submit", disabled=Merging.refusal != "", class_name="primary"),
            rx.el.button(t("Cancel"), on_click=Merging.put_away, type="button", class_name="quiet"),
            class_name="hands",
        ),
        on_submit=[Merging.merge, Patients.follow],
        key=Merging.kept_id + ":" + Merging.merged_id,
        class_name="comparison",
    )


def _choice(label: str, name: str, kept: rx.Var[str], merged: rx.Var[str]) -> rx.Component:
    """A line of which one is chosen to stay, where that is not an account's to say."""

    def cell(value: rx.Var[str], identity: rx.Var[str], is_first: bool) -> rx.Component:
        radio = rx.el.input(type="radio", name=name, value=identity, default_checked=is_first)
        text = rx.cond(value != "", value, "—")
        return rx.el.td(rx.cond(Merging.may_choose, rx.el.label(radio, rx.el.span(text)), rx.el.span(text)))

    return rx.el.tr(
        rx.el.th(label, scope="row"),
        cell(kept, Merging.kept_id, True),
        cell(merged, Merging.merged_id, False),
        class_name=rx.cond(kept == merged, "same", "differs"),
    )


def _row(row: rx.Var[ComparedRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.name, scope="row"),
        rx.el.td(row.kept),
        rx.el.td(row.merged),
        key=row.name,
        class_name=rx.cond(row.is_same, "same", "differs"),
    )
