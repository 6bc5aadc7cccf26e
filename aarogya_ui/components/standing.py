"""Where a visit stands, for whoever has its link: how long it is until he goes in, and what he is to do."""

import reflex as rx

from aarogya_ui.components.arrival import arrival
from aarogya_ui.components.scan import scan
from aarogya_ui.components.visit_bell import bell
from aarogya_ui.words import path, t
from state.turns import LiveTurns
from state.visit import Visit


def standing() -> rx.Component:
    """What holds now; where it is another appointment by now, the page is led there."""
    return rx.cond(
        (Visit.token == "") | (LiveTurns.version < 0),
        _ahead_of_the_day(),
        rx.match(
            turn().status,
            ("booked", rx.cond(LiveTurns.is_today, _to_come(), _ahead_of_the_day())),
            ("checked_in", _waiting()),
            ("in_consultation", _inside()),
            ("completed", _over("done", t("Your visit is over"), t("Thank you for coming. We wish you well."))),
            ("cancelled", _over("off", t("This appointment is cancelled"), t("Its time was given back."))),
            (
                "no_show",
                _over(
                    "off",
                    t("You were called and did not come"),
                    t("If you are here after all, tell the front desk: they can put you back in the queue."),
                ),
            ),
            rx.el.div(t("One moment…"), on_mount=Visit.load, class_name="standing", role="status"),
        ),
    )


def turn() -> rx.Var:
    """His own among the turns that the room tells of."""
    return LiveTurns.turns[Visit.token]


def own_time() -> rx.Var:
    """Another than the link told, for one who was recalled after his own was gone."""
    return rx.cond(turn().time, turn().time, Visit.time)


def _ahead_of_the_day() -> rx.Component:
    return rx.el.section(
        rx.el.p(t("Your appointment"), class_name="kicker"),
        rx.el.p(Visit.date, class_name="big"),
        rx.el.p(own_time(), class_name="huge"),
        _token(),
        scan(Visit.qr),
        rx.el.p(
            t("Keep this page: on the day it shows how many people are ahead of you, and when you will go in."),
            class_name="hint",
        ),
        class_name="standing",
    )


def _to_come() -> rx.Component:
    return rx.fragment(
        rx.el.section(
            _late(),
            _token(),
            rx.el.p(t("Your time"), " ", rx.el.strong(own_time()), class_name="hint"),
            _expected(),
            _ahead(),
            scan(Visit.qr),
            class_name="standing",
            aria_live="polite",
        ),
        rx.cond(Visit.mode == "in_person", arrival()),
    )


def _waiting() -> rx.Component:
    is_next = turn().ahead == 0
    return rx.fragment(
        rx.el.section(
            _late(),
            rx.el.p(
                rx.cond(is_next, t("You are next"), t("You are checked in")),
                class_name=rx.cond(is_next, "badge-line next", "badge-line"),
            ),
            _token(),
            _expected(),
            rx.cond(
                is_next,
                rx.el.p(t("Please stay close by: you may be called at any moment."), class_name="hint"),
                _ahead(),
            ),
            class_name=rx.cond(is_next, "standing next", "standing"),
            aria_live="polite",
        ),
        bell(rx.cond(is_next, "next", "wait")),
    )


def _inside() -> rx.Component:
    return rx.fragment(
        rx.el.section(
            rx.el.p(t("It is your turn"), class_name="huge"),
            rx.el.p(
                rx.cond(Visit.mode == "video", t("The video call begins with"), t("Please go in to")),
                " ",
                rx.el.strong(Visit.doctor),
                class_name="big",
            ),
            _token(),
            class_name="standing turn-now",
            role="alert",
        ),
        bell("turn"),
    )


def _over(kind: str, title: str, sentence: str) -> rx.Component:
    again = rx.el.a(t("Book another time"), href=path("/doctor/") + Visit.slug, class_name="primary")
    return rx.el.section(
        rx.el.p(title, class_name="big"),
        rx.el.p(sentence, class_name="hint"),
        again if kind == "off" else rx.fragment(),
        # One whose visit is over may have been sent on from it; what a leave took may be given back.
        on_mount=Visit.load,
        class_name="standing " + kind,
        role="status",
    )


def _token() -> rx.Component:
    return rx.cond(
        Visit.token != "",
        rx.el.p(rx.el.span(t("Your token")), rx.el.strong(Visit.token), class_name="my-token"),
    )


def _late() -> rx.Component:
    return rx.cond(LiveTurns.late != "", rx.el.p(LiveTurns.late, class_name="late", role="status"))


def _expected() -> rx.Component:
    return rx.cond(
        turn().likely != "",
        rx.el.div(
            rx.el.p(t("You will probably go in"), class_name="kicker"),
            rx.el.p(turn().likely, class_name="big likely"),
            rx.el.p(t("almost certainly"), " ", turn().nearly_sure, class_name="hint"),
            class_name="expected",
        ),
    )


def _ahead() -> rx.Component:
    ahead = turn().ahead
    return rx.el.dl(
        rx.el.div(
            rx.el.dt(rx.cond(ahead == 1, t("person ahead of you"), t("people ahead of you"))),
            rx.el.dd(ahead),
        ),
        rx.cond(
            LiveTurns.inside != "",
            rx.el.div(rx.el.dt(t("token inside now")), rx.el.dd(LiveTurns.inside)),
        ),
        class_name="ahead",
    )
