"""The address of the page: what is chosen stands in it, so that a link, a reload or a new connection shows the same."""

import json
from datetime import date

import reflex as rx

BAR = "address"
"""The element of every page that takes it: assets/address.js. A script sent from here would have to be evaluated."""


def say(**values: str) -> rx.event.EventSpec:
    """Set these in the query of the address, or leave them out where empty; nothing is loaded anew."""
    return rx.set_value(BAR, json.dumps(values))


def day_of(text: str) -> date | None:
    """The date that is written there, by ISO; None where it is none."""
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None
