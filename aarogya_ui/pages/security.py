"""`/account/security`: the second factor of a member of the staff. What is secret comes as an answer to its forms."""

import reflex as rx

from aarogya_ui.components.frame import frame
from aarogya_ui.components.instead import instead
from aarogya_ui.components.plain_form import post_form
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.security import Security


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(
            Security.is_signed_out,
            instead(t("Please sign in first."), t("Sign in"), path("/sign-in") + "?next=" + path("/account/security")),
            rx.cond(
                Security.is_refused,
                instead(t("This page is for the clinic's staff."), t("Find a doctor"), path("/")),
                rx.fragment(
                    rx.el.h1(t("Second factor")),
                    rx.el.p(
                        t(
                            "After your password you also give a code that your phone shows. "
                            "A stolen password is then of no use."
                        ),
                        class_name="hint",
                    ),
                    rx.cond(Security.error != "", rx.el.p(Security.error, class_name="refusal", role="alert")),
                    rx.cond(Security.is_on, _on(), _off()),
                ),
            ),
        ),
        name="sign-in security",
    )


def _off() -> rx.Component:
    return rx.fragment(
        rx.el.p(rx.el.span(t("Off"), class_name="status"), role="status"),
        post_form(
            rx.el.label(
                rx.el.span(t("Your password, once more")),
                rx.el.input(
                    name="password", type="password", auto_complete="current-password", required=True, max_length=256
                ),
                class_name="field",
            ),
            rx.el.button(t("Set it up"), type="submit", class_name="primary"),
            action=path("/auth/second-factor/begin"),
        ),
    )


def _on() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            rx.el.span(t("On"), class_name="status booked"),
            " ",
            t("Recovery codes left:"),
            " ",
            rx.el.strong(Security.codes_left),
            role="status",
        ),
        rx.el.section(
            rx.el.h2(t("New recovery codes")),
            rx.el.p(t("The ones that you have are void then."), class_name="hint"),
            _with_code(t("Make new codes"), "/auth/second-factor/renew", "primary"),
        ),
        rx.el.section(
            rx.el.h2(rx.cond(Security.is_required, t("Another device"), t("Turn it off"))),
            rx.el.p(
                rx.cond(
                    Security.is_required,
                    t("You are signed out everywhere and set it up anew at once."),
                    t("You are signed out on all other devices."),
                ),
                class_name="hint",
            ),
            _with_code(
                rx.cond(Security.is_required, t("Set up anew"), t("Turn it off")), "/auth/second-factor/off", "danger"
            ),
        ),
    )


def _with_code(action: str | rx.Var, address: str, kind: str) -> rx.Component:
    return post_form(
        rx.el.label(
            rx.el.span(t("A code that your device shows now, or a recovery code")),
            rx.el.input(name="code", auto_complete="one-time-code", required=True, max_length=20),
            class_name="field",
        ),
        rx.el.button(action, type="submit", class_name=kind),
        action=path(address),
    )


page = Page(
    route="/account/security",
    make=make,
    title=lambda: t("Second factor") + " · Aarogya Setu",
    description=lambda: t("Second factor"),
    on_load=(Security.load,),
)
