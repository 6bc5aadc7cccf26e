"""`/account`: one's own account. Each part is a plain form; what each may do the doors and the services say."""

import reflex as rx

from aarogya_ui.components.family import family
from aarogya_ui.components.fields import code, done, field, hidden, new_password, other_code, refusal, sent
from aarogya_ui.components.frame import frame
from aarogya_ui.components.panel import fold, panel
from aarogya_ui.components.plain_form import post_form
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.account import Account, SessionRow
from state.form import Form
from state.session import Session


def make() -> rx.Component:
    """The page."""
    return frame(
        rx.el.h1(t("My account")),
        refusal(),
        done(),
        rx.cond(
            Account.is_signed_out,
            rx.el.div(
                rx.el.p(t("Please sign in first.")),
                rx.el.a(t("Sign in"), href=path("/sign-in") + "?next=" + path("/account"), class_name="primary"),
                class_name="nothing",
            ),
            rx.cond(
                Account.is_ready,
                rx.fragment(
                    _addresses(),
                    rx.cond(Account.is_patient, family()),
                    _sessions(),
                    rx.cond(Account.has_password, _password()),
                    rx.cond(Account.is_patient, rx.fragment(), _second_factor()),
                    _data(),
                ),
                rx.el.div(class_name="panel placeholder"),
            ),
        ),
        name="my-account",
    )


def _addresses() -> rx.Component:
    is_awaited = (Form.step == "verify_email") | (Form.step == "verify_phone")
    return panel(
        Session.name,
        rx.el.dl(
            rx.el.div(rx.el.dt(t("E-mail address")), rx.el.dd(Account.email, _standing(Account.is_email_verified))),
            rx.cond(
                Account.phone != "",
                rx.el.div(rx.el.dt(t("Telephone")), rx.el.dd(Account.phone, _standing(Account.is_phone_verified))),
            ),
        ),
        rx.cond(
            is_awaited,
            rx.el.div(
                sent(),
                post_form(
                    hidden(),
                    code(),
                    rx.el.button(t("Confirm"), type="submit", class_name="primary"),
                    action="/auth/account/address/verify",
                ),
                other_code(path("/account")),
                class_name="step",
            ),
            fold(
                t("Confirm or change an address"),
                post_form(
                    hidden(),
                    field(
                        t("E-mail address or telephone"), "address", complete="email", longest=320, value=Form.address
                    ),
                    rx.cond(Account.has_password, _present()),
                    rx.el.button(t("Send me a code"), type="submit", class_name="primary"),
                    action="/auth/account/address",
                ),
                is_open=Form.address != "",
            ),
        ),
    )


def _standing(is_verified: rx.Var[bool]) -> rx.Component:
    return rx.cond(
        is_verified,
        rx.el.span(t("confirmed"), class_name="status booked"),
        rx.el.span(t("not confirmed"), class_name="status"),
    )


def _sessions() -> rx.Component:
    return panel(
        t("Where you are signed in"),
        rx.el.ul(rx.foreach(Account.sessions, _session), class_name="rows"),
        post_form(
            hidden(everywhere="yes"),
            rx.el.button(t("Sign out everywhere"), type="submit", class_name="quiet"),
            action="/auth/account/sign-out",
        ),
    )


def _session(session: rx.Var[SessionRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.strong(session.device),
            rx.el.span(
                rx.cond(session.address != "", session.address + " · ", ""),
                t("last used"),
                " ",
                session.used,
                class_name="hint",
            ),
        ),
        rx.cond(
            session.is_this,
            rx.el.span(t("this device"), class_name="status booked"),
            post_form(
                hidden(reference=session.reference),
                rx.el.button(
                    t("Sign out"), rx.el.span(" ", session.device, class_name="sr"), type="submit", class_name="quiet"
                ),
                action="/auth/account/sign-out",
            ),
        ),
        key=session.reference,
    )


def _second_factor() -> rx.Component:
    return panel(
        t("Second factor"),
        rx.el.p(
            t("After your password you also give a code that your phone shows. A stolen password is then of no use."),
            class_name="hint",
        ),
        rx.el.a(t("Set it up or change it"), href=path("/account/security"), class_name="quiet"),
    )


def _password() -> rx.Component:
    return panel(
        t("Password"),
        fold(
            t("Change my password"),
            post_form(
                hidden(),
                _present(),
                new_password(t("New password")),
                rx.el.p(t("Wherever else you are signed in, you will be signed out."), class_name="hint"),
                rx.el.button(t("Set the new password"), type="submit", class_name="primary"),
                action="/auth/account/password",
            ),
        ),
    )


def _data() -> rx.Component:
    return panel(
        t("My data"),
        rx.el.p(t("All that we keep about you, as one file (JSON)."), class_name="hint"),
        post_form(
            hidden(),
            rx.el.button(t("Take my data with me"), type="submit", class_name="quiet"),
            action="/auth/account/export",
        ),
        rx.cond(Account.is_patient, _erasure()),
    )


def _erasure() -> rx.Component:
    told = rx.el.p(
        t(
            "Your appointments that lie ahead are cancelled, and you are signed out everywhere. Your addresses and "
            "your password are deleted at once. The names of those who were treated are kept for three years from "
            "the last visit, as the law asks; all others are deleted at once. This cannot be undone."
        )
    )
    erase = rx.el.button(t("Delete my account"), type="submit", class_name="danger")
    return rx.cond(
        Form.step == "erase",
        rx.el.div(
            told,
            sent(),
            post_form(hidden(), code(), erase, action="/auth/account/erase"),
            other_code(path("/account")),
            class_name="step",
        ),
        fold(
            t("Delete my account"),
            told,
            rx.cond(
                Account.has_password,
                post_form(hidden(), _present(), erase, action="/auth/account/erase"),
                post_form(
                    hidden(),
                    rx.el.button(t("Send me a code"), type="submit", class_name="primary"),
                    action="/auth/account/erase/ask",
                ),
            ),
        ),
    )


def _present() -> rx.Component:
    return field(t("Present password"), "present", kind="password", complete="current-password", longest=256)


page = Page(
    route="/account",
    make=make,
    title=lambda: t("My account") + " · Aarogya Setu",
    description=lambda: t("My account"),
    on_load=(Account.load, Form.load),
)
