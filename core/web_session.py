"""The cookies at the door: a socket's request goes on with the hash of its session, never with the cookie itself.

Reflex keeps a socket's headers in its state, in Redis. The hash opens nothing: it is what the sessions table holds.
"""

import hashlib

from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from core.settings import settings

HEADER = "x-aarogya-session"
"""The header that carries the hash inwards. One that comes from outside is thrown away."""

FORM_HEADER = "x-aarogya-form"
"""The header that carries a half-done form inwards, sealed as it is in its cookie."""

OURS = {HEADER.encode(), FORM_HEADER.encode()}
PRIVATE = {b"cookie", b"authorization", b"x-api-key", *OURS}


def cookie_name() -> str:
    """`__Host-` where there is TLS: the browser then keeps it to this very host."""
    return "__Host-aarogya" if settings().is_tls else "aarogya"


def form_cookie_name() -> str:
    """The cookie of a form that is half done."""
    return cookie_name() + "-form"


def device_cookie_name() -> str:
    """Of the cookie that says to which accounts this browser has signed in before; it opens nothing."""
    return f"{cookie_name()}-device"


def session_id(cookie_header: str) -> str | None:
    """The session's opaque id out of a Cookie header."""
    return cookie_parser(cookie_header).get(cookie_name()) or None


def hash_id(session_id: str) -> bytes:
    """What is kept of a session's id: 256 random bits need no salt."""
    return hashlib.sha256(session_id.encode()).digest()


class SessionHeader:
    """ASGI: swaps the cookie of every websocket for the hash of the session in it; nobody else brings that hash in."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, its headers changed."""
        if scope["type"] == "websocket":
            scope = {**scope, "headers": self._swapped(scope["headers"])}
        elif scope["type"] == "http":
            scope = {**scope, "headers": [(name, value) for name, value in scope["headers"] if name not in OURS]}
        await self.app(scope, receive, send)

    @staticmethod
    def _swapped(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        cookies = "; ".join(value.decode("latin-1") for name, value in headers if name == b"cookie")
        kept = [(name, value) for name, value in headers if name not in PRIVATE]
        if (identity := session_id(cookies)) is not None:
            kept.append((HEADER.encode(), hash_id(identity).hex().encode()))
        if (form := cookie_parser(cookies).get(form_cookie_name())) is not None:
            kept.append((FORM_HEADER.encode(), form.encode("latin-1", errors="ignore")))
        return kept
