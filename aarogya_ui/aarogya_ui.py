"""Where Reflex and the server look for the app."""

from aarogya_ui.wiring import wired

app = wired()
