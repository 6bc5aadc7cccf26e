"""The words for states and modes, chosen in the browser, so that a push carries codes and no language."""

import reflex as rx

from aarogya_ui.words import t


def status(code: rx.Var) -> rx.Component:
    """What an appointment's status is called."""
    return rx.match(
        code,
        ("held", t("Kept for you")),
        ("booked", t("Booked")),
        ("checked_in", t("Here")),
        ("in_consultation", t("With the doctor")),
        ("completed", t("Done")),
        ("cancelled", t("Cancelled")),
        ("no_show", t("Did not come")),
        ("rescheduled", t("Moved")),
        "",
    )


def mode(code: rx.Var) -> rx.Component:
    """How doctor and patient meet."""
    return rx.match(code, ("in_person", t("At the clinic")), ("video", t("By video")), "")


def source(code: rx.Var) -> rx.Component:
    """Which door a booking came in by."""
    return rx.match(
        code,
        ("web", t("Online")),
        ("walk_in", t("Walk-in")),
        ("phone", t("By phone")),
        ("api", t("Partner")),
        ("fhir", t("Partner")),
        ("waitlist", t("Waitlist")),
        "",
    )


def role(code: rx.Var) -> rx.Component:
    """What someone is to the clinic."""
    return rx.match(
        code,
        ("patient", t("Patient")),
        ("doctor", t("Doctor")),
        ("receptionist", t("Front desk")),
        ("admin", t("Administrator")),
        "",
    )
