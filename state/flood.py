"""What a page is told whose events come too fast, as a frame of Reflex's own."""

from typing import Any

from reflex.state import StateUpdate
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.utils.format import json_dumps

from core.limits import TooMany
from core.words import LANGUAGES, words
from state.session import Notice

NAMESPACE = "/_event"


def too_fast(frame: str) -> str:
    """The frame that shows the notice, in the language of the page that sent the one refused."""
    spoken = next((code for code in LANGUAGES[1:] if f'"pathname":"/{code}' in frame.replace(" ", "")), LANGUAGES[0])
    shown: dict[str, Any] = {"text": words(spoken).gettext(TooMany.message), "asks_sign_in": False}
    delta = {Notice.get_full_name(): {name + FIELD_MARKER: value for name, value in shown.items()}}
    return f'42{NAMESPACE},["event",{json_dumps(StateUpdate(delta=delta))}]'
