"""Style sheets and what stands in every page's head. Colours and type are tokens in assets/styles/tokens.css."""

import reflex as rx

SHEETS = """
    tokens base frame search doctor visits day counter cash week desk account staff visit board book patients
    rearrange waitlist
""".split()  # noqa: SIM905
STYLES = [f"/styles/{name}.css" for name in SHEETS]


def head() -> list[rx.Component]:
    """Tags for every page."""
    return [
        rx.el.meta(name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
        rx.el.meta(name="color-scheme", content="light dark"),
        rx.el.meta(name="theme-color", content="#fbf8f1", media="(prefers-color-scheme: light)"),
        rx.el.meta(name="theme-color", content="#111714", media="(prefers-color-scheme: dark)"),
        rx.el.link(rel="icon", href="/mark.svg", type="image/svg+xml"),
        rx.el.script(src="/address.js", defer=True),
        rx.el.script(src="/clock.js", defer=True),
        rx.el.script(src="/day.js", defer=True),
        rx.el.script(src="/find-patient.js", defer=True),
        rx.el.script(src="/now.js", defer=True),
        rx.el.script(src="/rearrange.js", defer=True),
        rx.el.script(src="/session.js", defer=True),
        rx.el.script(src="/visit.js", defer=True),
        rx.el.script(src="/board.js", defer=True),
        rx.el.script(src="/book.js", defer=True),
    ]
