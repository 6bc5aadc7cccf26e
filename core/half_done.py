"""A form that is half done: what was typed but for secrets, and which code is awaited, sealed in a cookie.

It is with the browser and nowhere else, so that no address stands in a URL or a log, and nothing is kept of one who
only looks at a form. A code is tried only by the browser that asked for it.
"""

import base64
import binascii
import json
from datetime import datetime, timedelta

from core.crypto import CannotOpen, seal, unseal

KEPT_FOR = timedelta(minutes=15)

ABOUT = "cookie.half_done"

LONGEST = 3500
"""Characters of a cookie; a browser takes 4096 bytes of it and its name."""


def written(values: dict[str, str], now: datetime) -> str:
    """The cookie's value; empty where it would not fit."""
    until = {"until": (now + KEPT_FOR).isoformat()}
    sealed = base64.urlsafe_b64encode(seal(json.dumps(values | until), about=ABOUT)).decode().rstrip("=")
    return sealed if len(sealed) <= LONGEST else ""


def read(cookie: str | None, now: datetime) -> dict[str, str]:
    """What was kept; nothing where there is none, or where it is forged or too old."""
    if not cookie or len(cookie) > LONGEST or not cookie.isascii():
        return {}
    try:
        sealed = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
        found: dict[str, str] = json.loads(unseal(sealed, about=ABOUT))
    except (CannotOpen, binascii.Error, ValueError):
        return {}
    return found if datetime.fromisoformat(found.pop("until")) > now else {}
