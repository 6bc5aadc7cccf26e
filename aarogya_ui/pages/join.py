"""`/join`: an invitation becomes an account; a plain form."""

import reflex as rx

from aarogya_ui.components.frame import frame
from aarogya_ui.components.plain_form import post_form
from aarogya_ui.pages.page import Page
from aarogya_ui.words import language, t
from state.sign_in import SignIn


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.el.h1(t("Join your clinic")),
        rx.el.p(t("You have a letter with a code that is good once."), class_name="hint"),
        rx.cond(SignIn.error != "", rx.el.p(SignIn.error, class_name="refusal", role="alert")),
        post_form(
            rx.el.input(type="hidden", name="language", value=language(), read_only=True),
            rx.el.label(
                rx.el.span(t("E-mail address")),
                rx.el.input(name="email", type="email", auto_complete="username", required=True, max_length=320),
                class_name="field",
            ),
            rx.el.label(
                rx.el.span(t("Code from the letter")),
                rx.el.input(name="code", auto_complete="one-time-code", required=True, max_length=30),
                class_name="field",
            ),
            rx.el.label(
                rx.el.span(t("A new password, at least 12 characters")),
                rx.el.input(
                    name="password",
                    type="password",
                    auto_complete="new-password",
                    required=True,
                    min_length=12,
                    max_length=256,
                ),
                class_name="field",
            ),
            rx.el.button(t("Join"), type="submit", class_name="primary"),
            action="/auth/join",
        ),
        name="sign-in",
    )


page = Page(
    route="/join",
    make=make,
    title=lambda: t("Join your clinic") + " · Aarogya Setu",
    description=lambda: t("Join your clinic"),
    on_load=(SignIn.load,),
)
