"""`/verify`: the code that came by mail makes a new account one's own."""

import reflex as rx

from aarogya_ui.components.fields import code, done, hidden, other_code, refusal, sent
from aarogya_ui.components.frame import frame
from aarogya_ui.components.plain_form import post_form
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.form import Form


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.el.h1(t("Confirm your address")),
        refusal(),
        done(),
        rx.cond(
            Form.step == "verify_email",
            rx.fragment(
                sent(),
                post_form(
                    hidden(),
                    code(),
                    rx.el.button(t("Confirm"), type="submit", class_name="primary"),
                    action="/auth/verify",
                ),
                other_code(path("/register")),
            ),
            rx.el.p(
                t("No code is awaited here."),
                " ",
                rx.el.a(t("Create an account"), href=path("/register")),
                class_name="hint",
            ),
        ),
        name="sign-in",
    )


page = Page(
    route="/verify",
    make=make,
    title=lambda: t("Confirm your address") + " · Aarogya Setu",
    description=lambda: t("Confirm your address"),
    on_load=(Form.load,),
)
