"""The address of the page: what is chosen stands in it, so that a link, a reload or a new connection shows the same."""

import json

import reflex as rx

SET = """(values => {
    const address = new URL(window.location);
    for (const [name, value] of Object.entries(values))
        value ? address.searchParams.set(name, value) : address.searchParams.delete(name);
    window.history.replaceState(window.history.state, '', address);
})"""


def say(**values: str) -> rx.event.EventSpec:
    """Set these in the query of the address, or leave them out where empty; nothing is loaded anew."""
    return rx.call_script(f"{SET}({json.dumps(values)})")
