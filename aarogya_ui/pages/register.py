"""`/register`: a new account for a patient."""

import reflex as rx

from aarogya_ui.components.fields import field, hidden, new_password, refusal
from aarogya_ui.components.frame import frame
from aarogya_ui.components.plain_form import post_form
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.form import Form


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.el.h1(t("Create an account")),
        rx.el.p(t("For you and your family: book, change, and see your token."), class_name="hint"),
        refusal(),
        post_form(
            hidden(next=Form.onward),
            field(t("Your name"), "name", complete="name", value=Form.name),
            field(
                t("E-mail address"),
                "email",
                kind="email",
                complete="email",
                longest=320,
                value=Form.email,
                hint=t("We send a code there to see that it is yours."),
            ),
            field(
                t("Telephone, if you like"),
                "phone",
                kind="tel",
                complete="tel",
                longest=40,
                value=Form.phone,
                hint=t("For the clinic, if something changes."),
                is_required=False,
            ),
            new_password(t("Password")),
            _notice(),
            rx.el.label(
                rx.el.input(type="checkbox", name="consent", value="yes", required=True),
                rx.el.span(t("I agree that Aarogya Setu keeps these data for my appointments.")),
                class_name="tick",
            ),
            rx.el.button(t("Create the account"), type="submit", class_name="primary"),
            action="/auth/register",
        ),
        rx.el.p(
            t("You have an account already?"), " ", rx.el.a(t("Sign in"), href=path("/sign-in")), class_name="hint"
        ),
        name="sign-in",
    )


def _notice() -> rx.Component:
    return rx.el.details(
        rx.el.summary(t("What we keep, and what for")),
        rx.el.p(
            t(
                "Your name, how to reach you, the names and birth dates of the family whom you add, your appointments, "
                "and who saw or changed them. The clinic that you book at sees what it needs to receive you."
            )
        ),
        rx.el.p(
            t(
                "You can take all of it with you as a file, correct it, and delete your account at any time on the "
                "page My account. What the law wants kept of a treatment is kept for three years from your last "
                "visit, and then deleted. If something is wrong, tell your clinic; you may also turn to the "
                "Data Protection Board of India."
            )
        ),
        class_name="fine-print",
    )


page = Page(
    route="/register",
    make=make,
    title=lambda: t("Create an account") + " · Aarogya Setu",
    description=lambda: t("Create an account"),
    on_load=(Form.load,),
)
