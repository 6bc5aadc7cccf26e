"""`/sign-in`: a plain form; the server answers it with the cookie."""

import reflex as rx

from aarogya_ui.components.fields import done, field
from aarogya_ui.components.frame import frame
from aarogya_ui.components.plain_form import post_form
from aarogya_ui.pages.page import Page
from aarogya_ui.words import language, path, t
from core.settings import Environment, settings
from state.form import Form
from state.sign_in import SignIn

DEMO_PASSWORD = "aarogya-demo"  # noqa: S105  (on the page for all to see, in a demo only)


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.el.h1(t("Sign in")),
        rx.cond(SignIn.error != "", rx.el.p(SignIn.error, class_name="refusal", role="alert")),
        done(),
        post_form(
            _hidden(),
            field(t("E-mail address"), "email", kind="email", complete="username", longest=320, value=Form.email),
            field(t("Password"), "password", kind="password", complete="current-password", longest=256),
            rx.el.button(t("Sign in"), type="submit", class_name="primary"),
            action="/auth/sign-in",
        ),
        rx.el.nav(
            rx.el.a(t("Send me a code instead"), href=path("/sign-in/code") + SignIn.query),
            rx.el.a(t("I forgot my password"), href=path("/reset") + SignIn.query),
            rx.el.a(t("Create an account"), href=path("/register") + SignIn.query),
            aria_label=t("Other ways in"),
            class_name="ways",
        ),
        *(_demo() if settings().environment == Environment.DEMO else ()),
        name="sign-in",
    )


def _demo() -> list[rx.Component]:
    people = [
        ("patient@example.org", t("A patient")),
        ("doctor@example.org", t("A doctor")),
        ("reception@example.org", t("The front desk")),
        ("admin@example.org", t("An administrator")),
    ]
    return [
        rx.el.section(
            rx.el.h2(t("This is a demo clinic")),
            rx.el.p(t("Look around as one of its people:"), class_name="hint"),
            rx.el.div(*[_as(email, name) for email, name in people], class_name="people"),
            class_name="demo",
        )
    ]


def _as(email: str, name: str) -> rx.Component:
    return post_form(
        _hidden(),
        rx.el.input(type="hidden", name="email", value=email, read_only=True),
        rx.el.input(type="hidden", name="password", value=DEMO_PASSWORD, read_only=True),
        rx.el.button(rx.el.strong(name), rx.el.small(email), type="submit"),
        action="/auth/sign-in",
    )


def _hidden() -> rx.Component:
    return rx.fragment(
        rx.el.input(type="hidden", name="language", value=language(), read_only=True),
        rx.el.input(type="hidden", name="next", value=SignIn.onward, read_only=True),
    )


page = Page(
    route="/sign-in",
    make=make,
    title=lambda: t("Sign in") + " · Aarogya Setu",
    description=lambda: t("Sign in"),
    on_load=(SignIn.load, Form.load),
)
