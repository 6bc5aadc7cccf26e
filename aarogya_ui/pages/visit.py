"""`/v/[code]`: an appointment by its link, without signing in: whose turn it is, and when one's own will be."""

import reflex as rx
from reflex_components_core.el.element import Element

from aarogya_ui.components.frame import frame
from aarogya_ui.components.free_move import free_move
from aarogya_ui.components.scan import scan
from aarogya_ui.components.vocabulary import mode
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.free_move import FreeMove
from state.turns import LiveTurns
from state.visit import Visit


class VisitBell(Element):
    """What tells somebody who looks elsewhere: the tab's title, a sound, a shake; assets/visit.js."""

    tag = "visit-bell"


class VisitWas(Element):
    """What has become of the appointment: brought into sight, wherever on the page somebody is; assets/visit.js."""

    tag = "visit-was"


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Visit.is_missing,
            rx.el.div(
                rx.el.h1(t("We do not know this appointment.")),
                rx.el.p(t("The link may be cut off. Open it again from where you got it.")),
                rx.el.a(t("Find a doctor"), href=path("/"), class_name="primary"),
                class_name="nothing",
            ),
            rx.cond(
                Visit.is_ready | (Visit.doctor != ""),
                rx.fragment(_head(), _moved(), _standing(), free_move(), _facts(), _rule()),
                rx.el.div(rx.el.h1(t("Your visit")), class_name="panel placeholder"),
            ),
        ),
        name="visit",
    )


def _turn() -> rx.Var:
    return LiveTurns.turns[Visit.token]


def _time() -> rx.Var:
    """Another than the link told, for one who was recalled after his own was gone."""
    return rx.cond(_turn().time, _turn().time, Visit.time)


def _head() -> rx.Component:
    return rx.el.header(rx.el.h1(Visit.doctor), rx.el.p(Visit.clinic, class_name="lead"))


def _standing() -> rx.Component:
    """What holds now; where it is another appointment by now, the page is led there."""
    return rx.cond(
        (Visit.token == "") | (LiveTurns.version < 0),
        _ahead_of_the_day(),
        rx.match(
            _turn().status,
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


def _ahead_of_the_day() -> rx.Component:
    return rx.el.section(
        rx.el.p(t("Your appointment"), class_name="kicker"),
        rx.el.p(Visit.date, class_name="big"),
        rx.el.p(_time(), class_name="huge"),
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
            rx.el.p(t("Your time"), " ", rx.el.strong(_time()), class_name="hint"),
            _expected(),
            _ahead(),
            scan(Visit.qr),
            class_name="standing",
            aria_live="polite",
        ),
        rx.cond(Visit.mode == "in_person", _arrival()),
    )


def _waiting() -> rx.Component:
    is_next = _turn().ahead == 0
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
        _bell(rx.cond(is_next, "next", "wait")),
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
        _bell("turn"),
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


def _moved() -> rx.Component:
    return rx.cond(
        Visit.moved_from != "",
        rx.el.div(VisitWas.create(rx.el.p(Visit.moved_from, class_name="was", role="status")), key=Visit.moved_from),
    )


def _rule() -> rx.Component:
    """Why somebody who came later may go in earlier."""
    return rx.cond(
        LiveTurns.is_today & ((_turn().status == "booked") | (_turn().status == "checked_in")),
        rx.el.details(
            rx.el.summary(t("Who goes in next?")), rx.el.p(LiveTurns.rule, class_name="hint"), class_name="rule"
        ),
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
        _turn().likely != "",
        rx.el.div(
            rx.el.p(t("You will probably go in"), class_name="kicker"),
            rx.el.p(_turn().likely, class_name="big likely"),
            rx.el.p(t("almost certainly"), " ", _turn().nearly_sure, class_name="hint"),
            class_name="expected",
        ),
    )


def _ahead() -> rx.Component:
    ahead = _turn().ahead
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


def _arrival() -> rx.Component:
    return rx.el.form(
        rx.el.h2(t("Are you here?")),
        rx.el.label(
            rx.el.span(t("Code of the day, from the front desk")),
            rx.el.input(
                name="code",
                type="text",
                input_mode="numeric",
                auto_complete="off",
                max_length=8,
                required=True,
                placeholder="····",
                class_name="code",
            ),
            class_name="field",
        ),
        rx.cond(Visit.refusal != "", rx.el.p(Visit.refusal, class_name="refusal", role="alert")),
        rx.el.button(t("I am here"), type="submit", class_name="primary"),
        on_submit=Visit.arrive,
        class_name="arrival panel",
    )


def _bell(standing: rx.Var[str] | str) -> rx.Component:
    return VisitBell.create(
        rx.el.button(t("Tell me with a sound when it is my turn"), type="button", class_name="quiet arm"),
        rx.el.p(t("A sound will tell you. Keep this page open."), class_name="hint armed", role="status"),
        # An element of its own: Reflex names what depends on a state by its tag, which must not have a dash.
        rx.el.span(custom_attrs={"data-standing": standing}, hidden=True),
        custom_attrs={"data-turn": "● " + t("It is your turn"), "data-next": t("You are next")},
    )


def _facts() -> rx.Component:
    return rx.el.section(
        rx.el.h2(rx.cond(_is_to_come(), t("How to come"), t("Your appointment"))),
        rx.el.dl(
            _fact(t("When"), Visit.date, rx.el.br(), _time()),
            _fact(t("How"), mode(Visit.mode)),
            _fact(t("Clinic"), Visit.clinic, rx.el.br(), Visit.address),
            _fact(t("Phone"), rx.el.a(Visit.phone, href=Visit.telephone)),
        ),
        rx.cond(
            Visit.own != "",
            rx.el.a(t("Move or cancel"), href=path("/appointment/") + Visit.own, class_name="quiet"),
        ),
        rx.cond(
            (LiveTurns.read_at != "") & LiveTurns.is_today,
            rx.el.p(t("As of"), " ", LiveTurns.read_at, class_name="as-of"),
        ),
        class_name="panel",
    )


def _is_to_come() -> rx.Var:
    """He is neither here nor is it over."""
    return rx.cond((Visit.token != "") & (LiveTurns.version >= 0), _turn().status == "booked", True)


def _fact(name: str, *value: object) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(*value))


page = Page(
    route="/v/[code]",
    make=make,
    title=lambda: t("Your visit") + " · Aarogya Setu",
    description=lambda: t("Your visit"),
    on_load=(Visit.load, FreeMove.put_away),
)
