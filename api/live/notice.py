"""What a program is told whose frames come too fast."""

import json
import re

from api import problems
from api.live.sink import NAMESPACE
from core.limits import TooMany
from core.words import LANGUAGES

OURS = re.compile(rf"4\d(?:\d+-)?{NAMESPACE}(?:[,?]|$)")
"""A frame of Socket.IO to our namespace."""


def told_too_much(frame: str) -> str | None:
    """The frame of an `error` event; None where the one refused is not for our namespace."""
    if not OURS.match(frame):
        return None
    return f"42{NAMESPACE}," + json.dumps(["error", problems.told(TooMany(), LANGUAGES[0])])
