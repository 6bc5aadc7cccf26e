"""What every answer tells the browser to keep to."""

import re
from pathlib import Path

from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)
from starlette.datastructures import Headers as Fields
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.shell.inline import Inline, inline
from api.shell.origins import is_ours
from core.settings import settings

TWO_YEARS = 63_072_000

PRIVATE = ("/auth", "/api", "/fhir")
"""Where answers are one person's and are kept nowhere. Nothing compresses them either: what is compressed together
with a secret tells of it by its length, so only files that are the same for all are, when they are built."""


def common() -> dict[str, str]:
    """What is the same on every answer."""
    unused = PermissionsPolicy().camera().microphone().geolocation().payment().usb().browsing_topics().display_capture()
    chosen = Secure(
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        hsts=StrictTransportSecurity().max_age(TWO_YEARS).include_subdomains() if settings().is_tls else None,
        permissions=unused,
        referrer=ReferrerPolicy().strict_origin_when_cross_origin(),
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().deny(),
    )
    return dict(chosen.header_items())


def policy(found: Inline, sockets: str) -> str:
    """For a page: our own files, and of what stands within it only what was built into it, by its hash."""
    return (
        ContentSecurityPolicy()
        .default_src("'self'")
        .script_src("'self'", *found.scripts)
        .style_src("'self'", EMPTY, *found.styles)
        .img_src("'self'", "data:")
        .connect_src("'self'", sockets)
        .object_src("'none'")
        .base_uri("'none'")
        .form_action("'self'")
        .frame_ancestors("'none'")
        .header_value
    )


EMPTY = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
"""Of nothing: Emotion makes an empty style element and adds its rules by script, which needs no leave."""

LINKED = re.compile(r"/(?:[a-z]{2}/)?v/")
"""Pages whose address is itself what lets one in: no search engine keeps it, and no other site is told of it."""

NOTHING = (
    ContentSecurityPolicy().default_src("'none'").base_uri("'none'").form_action("'none'").frame_ancestors("'none'")
)
"""For what is no page: shown as one it may do nothing."""


class Headers:
    """ASGI: adds them to every answer."""

    def __init__(self, app: ASGIApp, pages: Path | None = None) -> None:
        """Wrap `app`; `pages` is where the built pages are."""
        self.app = app
        self.common = common()
        self.inline = inline(pages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and add to the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": list(message.get("headers", []))}
                self._add(MutableHeaders(scope=message), message, scope)
            await send(message)

        await self.app(scope, receive, with_headers)

    def _add(self, headers: MutableHeaders, message: Message, scope: Scope) -> None:
        headers.update(self.common)
        # Else granian says what it is.
        headers.setdefault("Server", "aarogya")
        if LINKED.match(scope["path"]):
            headers.update({"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive"})
        is_page = headers.get("content-type", "").startswith("text/html")
        # What has not changed keeps the policy that it came with: a browser puts this one in its place.
        if message["status"] != 304:
            policy_here = policy(self.inline, _sockets(scope)) if is_page else NOTHING.header_value
            headers["Content-Security-Policy"] = policy_here
        if scope["path"].startswith(PRIVATE) or "set-cookie" in headers:
            headers["Cache-Control"] = "no-store"
        elif is_page:
            # The pages themselves are the same for everybody; what is a person's comes over the socket.
            headers.setdefault("Cache-Control", "no-cache")


def _sockets(scope: Scope) -> str:
    """Our own origin for sockets, which not every browser takes `'self'` to mean."""
    host = Fields(scope=scope).get("host", "")
    origin = f"http://{host}" if is_ours(f"http://{host}", host) else settings().origin
    return origin.replace("http", "ws", 1)
