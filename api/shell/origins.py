"""Whose pages may send us forms and open sockets: our own, and nobody else's."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers as Fields
from starlette.types import ASGIApp, Receive, Scope, Send

from core.settings import Environment, settings


def is_ours(origin: str, host: str) -> bool:
    """Whether an `Origin` is ours, at a `Host`.

    It is the public address. A demo is also reached by the number of its machine or as localhost: a name that somebody
    points at us (DNS rebinding) is neither.
    """
    if origin == settings().origin:
        return True
    is_near = settings().environment is Environment.DEMO and settings().public_url is None
    return is_near and origin == f"http://{host}" and is_own_name(host)


def is_own_name(host: str) -> bool:
    """Whether a `Host` needs no name server: localhost, or an address in numbers."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or bool(ip_address(name))
    except ValueError:
        return False


class Origins:
    """ASGI: a socket that another's page opens is refused; one without an origin is nobody's, whatever its cookie."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        if scope["type"] == "websocket":
            fields = Fields(scope=scope)
            origins = fields.getlist("origin")
            if not origins:
                scope = {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"cookie"]}
            elif len(origins) > 1 or not is_ours(origins[0], fields.get("host", "")):
                # Before it is accepted this is an answer of 403.
                await send({"type": "websocket.close", "code": 1008, "reason": ""})
                return
        await self.app(scope, receive, send)
