"""The parts that every form of an account has: labelled fields, what went wrong, the code that came by mail."""

from typing import Any

import reflex as rx

from aarogya_ui.components.plain_form import post_form
from aarogya_ui.words import language, t
from core.settings import Environment, settings
from state.form import Form


def field(
    label: str,
    name: str,
    *,
    kind: str = "text",
    complete: str = "off",
    longest: int = 120,
    value: Any = "",
    hint: str = "",
    is_required: bool = True,
    **more: Any,
) -> rx.Component:
    """A labelled field; `value` is what stands in it at first."""
    return rx.el.label(
        rx.el.span(label),
        rx.el.input(
            name=name,
            type=kind,
            auto_complete=complete,
            max_length=longest,
            required=is_required,
            default_value=value,
            # What stands in a field at first is fixed once it is on the page: another value makes another field.
            key=value,
            **more,
        ),
        *([rx.el.small(hint, class_name="hint")] if hint else []),
        class_name="field",
    )


def new_password(label: str) -> rx.Component:
    """The field of a password that is chosen."""
    return field(
        label,
        "password",
        kind="password",
        complete="new-password",
        longest=256,
        hint=t("At least 10 characters; a sentence is good."),
        min_length=10,
    )


def code() -> rx.Component:
    """The field of a one-time code."""
    return field(
        t("Code"),
        "code",
        complete="one-time-code",
        longest=12,
        input_mode="numeric",
        spell_check=False,
        class_name="code",
    )


def hidden(**values: Any) -> rx.Component:
    """What a form says without asking: its language, and these."""
    named = {"language": language()} | values
    return rx.fragment(
        *[rx.el.input(type="hidden", name=name, value=value, read_only=True) for name, value in named.items()]
    )


def refusal() -> rx.Component:
    """What went wrong the last time."""
    return rx.cond(Form.error != "", rx.el.p(Form.error, class_name="refusal", role="alert"))


def done() -> rx.Component:
    """What was done."""
    return rx.cond(Form.done != "", rx.el.p(Form.done, class_name="done", role="status"))


def sent() -> rx.Component:
    """Where the code went, or would have gone."""
    is_demo = settings().environment == Environment.DEMO and settings().smtp_url is None
    return rx.fragment(
        rx.el.p(
            t("If everything is right, a code of six digits is on its way to"),
            " ",
            rx.el.strong(Form.to),
            t(". It is good for 5 minutes."),
            class_name="hint",
        ),
        *(
            [rx.el.p(t("This demo sends nothing: the message is a file in .data/mail or .data/sms."))]
            if is_demo
            else []
        ),
    )


def other_code(back: str) -> rx.Component:
    """Ask for the code anew, or begin again at the page `back`."""
    return rx.el.div(
        post_form(
            hidden(),
            rx.el.button(t("Send a new code"), type="submit", class_name="quiet"),
            action="/auth/code/again",
        ),
        post_form(
            hidden(next=back),
            rx.el.button(t("Use another address"), type="submit", class_name="quiet"),
            action="/auth/code/restart",
        ),
        class_name="other-code",
    )


def ask(action: str, *, hint: str) -> rx.Component:
    """Where a code is asked for."""
    return post_form(
        hidden(next=Form.onward),
        field(
            t("E-mail address or telephone"),
            "address",
            complete="username",
            longest=320,
            value=Form.address,
            hint=hint,
        ),
        rx.el.button(t("Send me a code"), type="submit", class_name="primary"),
        action=action,
    )
