"""The desk's grid: columns of doctors, therapists or rooms over the hours of the day; assets/desk/ draws it."""

from typing import Any

import reflex as rx
from reflex_base.components.component import NoSSRComponent

from aarogya_ui.words import path, t
from state.desk import Desk
from state.desk_moves import DeskMoves
from state.live import LiveDesk, LivePresence
from state.presence import Presence

STATES = (
    *("open", "held", "offered", "booked", "checked_in"),
    *("late", "in_consultation", "completed", "no_show", "blocked"),
)
"""What the legend tells, in the order of a visit."""


def _one(value: rx.Var[str]) -> list[rx.Var[str]]:
    return [value]


def _act(appointment: rx.Var[str], version: rx.Var[int]) -> list[rx.Var[Any]]:
    return [appointment, version]


def _drop(
    request: rx.Var[int],
    appointment: rx.Var[str],
    version: rx.Var[int],
    doctor: rx.Var[int],
    day: rx.Var[str],
    minute: rx.Var[int],
    tells: rx.Var[bool],
    kind: rx.Var[str],
    place: rx.Var[int],
) -> list[rx.Var[Any]]:
    return [request, appointment, version, doctor, day, minute, tells, kind, place]


def _nothing() -> list[rx.Var[Any]]:
    return []


class DeskGrid(NoSSRComponent):
    """One of the page's own scripts, as React has it."""

    library = "$/public/desk/grid.jsx"
    tag = "DeskGrid"
    is_default = True

    whole: rx.Var[str]
    steps: rx.Var[list[Any]]
    reach: rx.Var[str]
    people: rx.Var[list[Any]]
    me: rx.Var[str]
    kind: rx.Var[str]
    only: rx.Var[str]
    answered: rx.Var[int]
    request: rx.Var[int]
    about: rx.Var[str]
    said: rx.Var[str]
    refusal: rx.Var[str]
    reason: rx.Var[str]
    words: rx.Var[dict[str, str]]

    on_miss: rx.EventHandler[_nothing]
    on_pick_up: rx.EventHandler[_one]
    on_put_down: rx.EventHandler[_nothing]
    on_edit: rx.EventHandler[_one]
    on_drop: rx.EventHandler[_drop]
    on_undo: rx.EventHandler[_nothing]
    on_check_in: rx.EventHandler[_act]
    on_missed: rx.EventHandler[_act]
    on_cancel: rx.EventHandler[_act]


def desk_grid() -> rx.Component:
    """The grid of the days that are chosen."""
    return DeskGrid.create(
        whole=LiveDesk.whole,
        steps=LiveDesk.steps,
        reach=DeskMoves.reach,
        people=LivePresence.people,
        me=Presence.me,
        kind=Desk.kind,
        only=Desk.only,
        answered=DeskMoves.answered,
        request=DeskMoves.request,
        about=DeskMoves.about,
        said=DeskMoves.said,
        refusal=DeskMoves.refusal,
        reason=DeskMoves.reason,
        words=_words(),
        on_miss=Desk.look,
        on_pick_up=DeskMoves.pick_up,
        on_put_down=DeskMoves.put_down,
        on_edit=DeskMoves.edit,
        on_drop=DeskMoves.drop,
        on_undo=DeskMoves.undo,
        on_check_in=DeskMoves.check_in,
        on_missed=DeskMoves.miss,
        on_cancel=DeskMoves.cancel,
    )


def legend() -> rx.Component:
    """What the colours and shapes mean."""
    words = _words() | {"offered": t("Offered from the waitlist"), "blocked": t("Not here")}
    return rx.el.ul(
        *[
            rx.el.li(
                rx.el.span(aria_hidden=True, class_name="shape"),
                words[code],
                class_name=f"sign {code}",
            )
            for code in STATES
        ],
        aria_label=t("What the colours and shapes mean"),
        class_name="signs",
    )


def _words() -> dict[str, str]:
    """What the script says, in the language of the page."""
    return {
        "am": t("am"),
        "pm": t("pm"),
        "day": path("/day"),
        "open": t("Open time"),
        "held": t("Kept for a moment"),
        "offered": t("Offered until {time}"),
        "onOffer": t("Offered from the waitlist until {time}"),
        "waitlist": path("/waitlist"),
        "toWaitlist": t("Waitlist"),
        "booked": t("Booked"),
        "checked_in": t("Here"),
        "late": t("Late"),
        "in_consultation": t("With the doctor"),
        "completed": t("Done"),
        "no_show": t("Did not come"),
        "pause": t("Break"),
        "leave": t("Leave"),
        "closed": t("Closed"),
        "token": t("Token"),
        "urgent": t("Emergency"),
        "video": t("By video"),
        "behind": t("{minutes} min late"),
        "waiting": t("{count} waiting"),
        "moveTo": t("Move to…"),
        "checkIn": t("Check in"),
        "miss": t("Did not come"),
        "cancel": t("Cancel"),
        "sure": t("Yes, cancel it"),
        "chart": t("Patient"),
        "checkInAndTake": t("Check in and take"),
        "take": t("Take"),
        "paid": t("Paid"),
        "slip": path("/slip"),
        "print": t("Print the token"),
        "close": t("Close"),
        "looking": t("Looking for open times…"),
        "nothing": t("Nothing is open for this visit on these days."),
        "picked": t(
            "{patient} is picked up, {count} open times. The arrow keys choose, Enter sets down, Escape puts back."
        ),
        "lifted": t("{patient} is picked up. Open times are lit."),
        "edge": t("Nothing is open in that direction."),
        "back": t("Put back where it was."),
        "inHand": t("{name} is busy with it."),
        "gone": t("Somebody else has just changed this appointment."),
    }
