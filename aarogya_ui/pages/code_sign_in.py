"""`/sign-in/code`: signing in with a code in the place of a password."""

import reflex as rx

from aarogya_ui.components.fields import ask, code, done, hidden, other_code, refusal, sent
from aarogya_ui.components.frame import frame
from aarogya_ui.components.plain_form import post_form
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.form import Form


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.el.h1(t("Sign in with a code")),
        refusal(),
        done(),
        rx.cond(
            Form.step == "sign_in",
            rx.fragment(
                sent(),
                post_form(
                    hidden(),
                    code(),
                    rx.el.button(t("Sign in"), type="submit", class_name="primary"),
                    action="/auth/sign-in/code",
                ),
                other_code(path("/sign-in/code")),
            ),
            ask("/auth/code", hint=t("For patients. A telephone must be confirmed in your account first.")),
        ),
        rx.el.p(rx.el.a(t("Sign in with a password"), href=path("/sign-in")), class_name="hint"),
        name="sign-in",
    )


page = Page(
    route="/sign-in/code",
    make=make,
    title=lambda: t("Sign in with a code") + " · Aarogya Setu",
    description=lambda: t("Sign in with a code"),
    on_load=(Form.load,),
)
