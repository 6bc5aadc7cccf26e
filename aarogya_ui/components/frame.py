"""What stands around every page: the header, the notice, the line that says we are trying to connect."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors
from reflex_components_core.el.element import Element

from aarogya_ui.components.main_nav import main_nav
from aarogya_ui.components.plain_form import post_form
from aarogya_ui.words import language, path, t
from core.words import LANGUAGES
from state.address import BAR
from state.session import Notice, Session

NAMES = {"en": "English", "hi": "हिन्दी"}


class AddressBar(Element):
    """What takes the address that the server says: assets/address.js. It shows nothing."""

    tag = "address-bar"


def frame(*content: rx.Component, name: str) -> rx.Component:
    """A whole page; `name` is its class."""
    return rx.el.div(
        rx.el.a(t("Skip to the content"), href="#content", class_name="skip"),
        _header(name),
        rx.cond(
            has_connection_errors,
            rx.el.p(t("Connecting again… what you see may be a little old."), class_name="offline", role="status"),
        ),
        rx.cond(
            Notice.text != "",
            rx.el.div(
                rx.el.p(Notice.text),
                rx.cond(Notice.asks_sign_in, rx.el.a(t("Sign in"), href=path("/sign-in"), class_name="quiet")),
                rx.el.button(t("Close"), on_click=Notice.put_away, class_name="quiet"),
                class_name="notice",
                role="alert",
            ),
        ),
        AddressBar.create(id=BAR),
        # assets/session.js follows this link by itself.
        rx.cond(Session.is_over, rx.el.a(t("You have been signed out."), href="/auth/over", class_name="over")),
        rx.el.main(*content, id="content", class_name=name),
        lang=language(),
        class_name="page",
    )


def _header(here: str) -> rx.Component:
    return rx.el.header(
        rx.el.a(
            rx.el.img(src="/mark.svg", alt="", width="32", height="32"),
            rx.el.span("Aarogya Setu"),
            href=path("/"),
            # On a narrow screen the words give way to the mark.
            aria_label="Aarogya Setu",
            class_name="brand",
        ),
        main_nav(here, _languages(), _account()),
        class_name="header",
    )


def _languages() -> rx.Component:
    others = [code for code in LANGUAGES if code != language()]
    return rx.fragment(
        *[
            rx.el.a(
                NAMES[code],
                href="/" if code == LANGUAGES[0] else f"/{code}",
                lang=code,
                custom_attrs={"data-language": code},
                class_name="language",
            )
            for code in others
        ]
    )


def _account() -> rx.Component:
    return rx.cond(
        Session.name != "",
        post_form(
            rx.el.a(
                rx.el.span(t("My account"), class_name="sr"),
                rx.el.span(Session.name, class_name="who wide-only", aria_hidden=True),
                rx.el.img(src="/person.svg", alt="", width="24", height="24", class_name="narrow-only"),
                href=path("/account"),
            ),
            rx.el.button(t("Sign out"), type="submit", class_name="quiet"),
            action="/auth/sign-out",
            class_name="account",
        ),
        rx.cond(
            Session.is_known,
            rx.el.a(t("Sign in"), href=path("/sign-in"), class_name="quiet"),
            rx.el.span(class_name="account placeholder"),
        ),
    )
