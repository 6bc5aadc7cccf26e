"""`/reset`: a new password for one who forgot his."""

import reflex as rx

from aarogya_ui.components.fields import ask, code, done, hidden, new_password, other_code, refusal, sent
from aarogya_ui.components.frame import frame
from aarogya_ui.components.plain_form import post_form
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.form import Form


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.el.h1(t("A new password")),
        refusal(),
        done(),
        rx.cond(
            Form.step == "reset_password",
            rx.fragment(
                sent(),
                post_form(
                    hidden(),
                    code(),
                    new_password(t("New password")),
                    rx.el.p(t("Wherever else you are signed in, you will be signed out."), class_name="hint"),
                    rx.el.button(t("Set the new password"), type="submit", class_name="primary"),
                    action="/auth/reset",
                ),
                other_code(path("/reset")),
            ),
            ask("/auth/reset/ask", hint=t("We send a code there, if an account has it.")),
        ),
        rx.el.p(rx.el.a(t("Sign in with a password"), href=path("/sign-in")), class_name="hint"),
        name="sign-in",
    )


page = Page(
    route="/reset",
    make=make,
    title=lambda: t("A new password") + " · Aarogya Setu",
    description=lambda: t("A new password"),
    on_load=(Form.load,),
)
