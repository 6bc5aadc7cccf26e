"""The keys that press the dashboard's buttons, and the sheet that lists them."""

import reflex as rx
from reflex_components_core.el.element import Element

from aarogya_ui.words import t


class DayKeys(Element):
    """What listens for keys, and keeps one action from being done twice: assets/day.js. It shows nothing."""

    tag = "day-keys"


def shortcuts() -> rx.Component:
    """The sheet, opened by its button or by `?`; each button's own key stands on it (day.css)."""
    return rx.fragment(
        DayKeys.create(),
        rx.el.button(
            t("Keys"),
            rx.el.kbd("?"),
            type="button",
            custom_attrs={"data-opens": "keys", "data-key": "?"},
            class_name="quiet keys-button wide-only",
        ),
        rx.el.dialog(
            rx.el.h2(t("Keys")),
            rx.el.dl(
                _key("n", t("Call next")),
                _key("f", t("Finish")),
                _key("o", t("Send on whoever is inside")),
                _key("k", t("The next one lets others go first")),
                _key("m", t("The next one did not come")),
                _key("u", t("Undo")),
                _key("w", t("Add walk-in")),
                _key("p", t("Print the token")),
                _key("s", t("Send the token")),
                _key("l", t("Five minutes later")),
                _key("?", t("This list")),
                class_name="keys",
            ),
            rx.el.button(t("Close"), type="button", custom_attrs={"data-closes": ""}, class_name="primary"),
            id="keys",
            aria_label=t("Keys"),
            class_name="sheet",
        ),
    )


def _key(key: str, meaning: str) -> rx.Component:
    return rx.el.div(rx.el.dt(rx.el.kbd(key)), rx.el.dd(meaning))
