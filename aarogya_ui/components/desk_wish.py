"""What is wished at the desk: whom for, with whom, when. The form is the browser's own; assets/book.js sends it."""

import reflex as rx

from aarogya_ui.components.doctor_choice import option
from aarogya_ui.components.find_patient import find_patient
from aarogya_ui.words import language, t
from models.doctor import SPOKEN, Mode
from models.visit import VisitType
from services.therapy.course_plan import FEWEST, MOST
from state.desk_book import DeskBook
from state.desk_rows import weekday
from state.desk_wish import COURSE, HOURS
from state.rows import hour
from state.vocabulary import SPECIALIZATIONS, spoken

ASKS = {"data-asks": ""}
"""A form that is sent as soon as something in it is chosen."""

NEW_CALLER = "whom"


def whom() -> rx.Component:
    """Somebody who is found by a few keystrokes, or a name and a telephone: he is made known when it is booked."""
    return rx.el.section(
        rx.el.h2(t("For whom")),
        rx.cond(
            DeskBook.patient != "",
            rx.el.div(
                rx.el.p(rx.el.strong(DeskBook.patient)),
                rx.el.button(t("Somebody else"), on_click=DeskBook.go_on(False), type="button", class_name="quiet"),
                class_name="known",
            ),
            rx.fragment(
                find_patient(DeskBook.choose_patient, new=NEW_CALLER, is_first=True),
                rx.el.form(
                    rx.el.p(t("Or somebody new"), class_name="hint whole"),
                    _field(
                        t("Phone number"),
                        rx.el.input(name="phone", type="tel", auto_complete="off", max_length=24, required=True),
                    ),
                    _field(t("Name"), rx.el.input(name="name", auto_complete="off", max_length=120, required=True)),
                    id=NEW_CALLER,
                    key="whom" + DeskBook.edition.to_string(),
                    on_submit=DeskBook.name_patient,
                    custom_attrs=ASKS,
                ),
            ),
        ),
        class_name="whom",
    )


def wish() -> rx.Component:
    """What he would like, in the order in which people say it: what for, in which language, when, with whom."""
    typed = DeskBook.wish
    return rx.el.section(
        rx.el.h2(t("What would suit")),
        rx.el.form(
            _select(
                t("Comes for"),
                "visit",
                typed.visit,
                rx.el.option(t("First visit"), value=VisitType.FIRST_VISIT),
                rx.el.option(t("Follow-up"), value=VisitType.FOLLOW_UP),
                rx.el.option("Panchakarma", value=VisitType.PANCHAKARMA),
                rx.el.option(t("Panchakarma course"), value=COURSE),
            ),
            _select(
                t("Language"),
                "language",
                typed.language,
                rx.el.option(t("Any language"), value=""),
                *[rx.el.option(spoken(code, language()), value=code) for code in SPOKEN],
            ),
            _times(t("After"), "after", typed.after),
            _times(t("Before"), "before", typed.before),
            _sessions(),
            _off(),
            _since(),
            rx.cond(
                DeskBook.clinics.length() > 1,
                _select(t("Clinic"), "clinic", typed.clinic, rx.foreach(DeskBook.clinics, option), kind="whole"),
            ),
            _select(
                t("Doctor"),
                "doctor",
                typed.doctor,
                rx.foreach(DeskBook.doctors, option),
                kind="whole",
                key="doctor" + typed.clinic,
            ),
            _select(
                t("Branch"),
                "specialization",
                typed.specialization,
                rx.el.option(t("Any branch"), value=""),
                *[rx.el.option(t(name), value=code) for code, (name, _) in SPECIALIZATIONS.items()],
                kind="visit-only",
            ),
            _select(
                t("How"),
                "mode",
                typed.mode,
                rx.el.option(t("At the clinic"), value=Mode.IN_PERSON),
                rx.el.option(t("By video"), value=Mode.VIDEO),
                kind="visit-only",
            ),
            rx.el.button(t("Find times"), type="submit", class_name="quiet"),
            id="wish",
            key="wish" + DeskBook.edition.to_string(),
            on_submit=DeskBook.ask,
            custom_attrs=ASKS,
        ),
        class_name="wish",
    )


def _since() -> rx.Component:
    """The first day that would do, and the steps in which people say it."""
    return rx.el.div(
        _field(
            t("From"),
            rx.el.input(
                name="since", type="date", default_value=DeskBook.wish.since, min=DeskBook.today, required=True
            ),
        ),
        rx.el.div(
            rx.foreach(
                DeskBook.steps,
                lambda step: rx.el.button(
                    step.name,
                    type="button",
                    custom_attrs={"data-sets": '{"since":"' + step.id + '"}'},
                    class_name="quiet day-on",
                ),
            ),
            class_name="days-on",
        ),
        class_name="since",
    )


def _times(label: str, name: str, value: rx.Var[str]) -> rx.Component:
    hours = [rx.el.option(hour(each, language()), value=each.isoformat("minutes")) for each in HOURS]
    return _select(label, name, value, rx.el.option(t("Any time"), value=""), *hours, kind="visit-only")


def _sessions() -> rx.Component:
    hours = [rx.el.option(hour(each, language()), value=each.isoformat("minutes")) for each in HOURS]
    number = rx.el.input(
        name="sessions",
        type="number",
        input_mode="numeric",
        min=FEWEST,
        max=MOST,
        required=True,
        default_value=DeskBook.wish.sessions,
    )
    return rx.fragment(
        _field(t("Sessions"), number, kind="course-only"),
        _select(t("At about"), "at", DeskBook.wish.at, *hours, kind="course-only"),
    )


def _off() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(t("Not on")),
        *[
            rx.el.label(
                rx.el.input(
                    name=f"off{number}", type="checkbox", default_checked=DeskBook.wish.off.contains(str(number))
                ),
                rx.el.span(weekday(number, language())),
            )
            for number in range(7)
        ],
        class_name="off",
    )


def _select(
    label: str, name: str, value: rx.Var[str], *choices: rx.Component, kind: str = "", key: object = None
) -> rx.Component:
    more = {} if key is None else {"key": key}
    return _field(label, rx.el.select(*choices, name=name, default_value=value, **more), kind=kind)


def _field(name: str, control: rx.Component, *, kind: str = "") -> rx.Component:
    return rx.el.label(rx.el.span(name), control, class_name=f"field {kind}".strip())
