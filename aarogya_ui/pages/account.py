"""`/account`: one's own account. Each part is a plain form; what each may do the doors and the services say."""

import reflex as rx

from aarogya_ui.components.fields import code, done, field, hidden, new_password, other_code, refusal, sent
from aarogya_ui.components.frame import frame
from aarogya_ui.components.plain_form import post_form
from aarogya_ui.pages.page import Page
from aarogya_ui.words import path, t
from state.account import Account, FamilyRow, SessionRow
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
                    rx.cond(Account.is_patient, _family()),
                    _sessions(),
                    rx.cond(Account.has_password, _password()),
                    _data(),
                ),
                rx.el.div(class_name="panel placeholder"),
            ),
        ),
        name="my-account",
    )


def _addresses() -> rx.Component:
    is_awaited = (Form.step == "verify_email") | (Form.step == "verify_phone")
    return _panel(
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
            _fold(
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


def _family() -> rx.Component:
    return _panel(
        t("My family"),
        rx.el.ul(rx.foreach(Account.family, _member), class_name="rows"),
        _fold(
            t("Add someone"),
            post_form(
                hidden(),
                field(t("Name"), "name", value=Form.name),
                _birth_date(),
                rx.el.button(t("Add"), type="submit", class_name="primary"),
                action="/auth/account/family",
            ),
            is_open=Form.name != "",
        ),
    )


def _member(member: rx.Var[FamilyRow]) -> rx.Component:
    return rx.el.li(
        rx.el.details(
            rx.el.summary(
                rx.el.span(
                    rx.el.strong(member.name),
                    rx.el.span(
                        rx.cond(member.is_holder, t("you") + " · ", ""),
                        rx.cond(member.born != "", member.born, t("date of birth not known")),
                        class_name="hint",
                    ),
                ),
                rx.el.span(t("Change"), class_name="change"),
            ),
            post_form(
                hidden(patient_id=member.id),
                field(t("Name"), "name", value=member.name),
                _birth_date(member.born_on),
                rx.el.button(t("Save"), type="submit", class_name="primary"),
                action="/auth/account/family/change",
            ),
        ),
        key=member.id,
    )


def _birth_date(value: rx.Var[str] | str = "") -> rx.Component:
    return field(
        t("Date of birth"), "born_on", kind="date", longest=10, value=value, is_required=False, max=Account.today
    )


def _sessions() -> rx.Component:
    return _panel(
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


def _password() -> rx.Component:
    return _panel(
        t("Password"),
        _fold(
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
    return _panel(
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
        _fold(
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


def _panel(title: rx.Var[str] | str, *content: rx.Component) -> rx.Component:
    return rx.el.section(rx.el.h2(title), *content, class_name="panel")


def _fold(title: str, *content: rx.Component, is_open: rx.Var[bool] | bool = False) -> rx.Component:
    return rx.el.details(rx.el.summary(title), *content, open=is_open, class_name="fold")


page = Page(
    route="/account",
    make=make,
    title=lambda: t("My account") + " · Aarogya Setu",
    description=lambda: t("My account"),
    on_load=(Account.load, Form.load),
)
