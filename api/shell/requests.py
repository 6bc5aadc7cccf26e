"""Each request has a name, comes from an address that cannot be made up, and ends in an answer without our insides."""

import asyncio
import re
from ipaddress import ip_address, ip_network
from secrets import token_hex

import structlog
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import gone, problems
from api.problems import Broken
from api.shell.answers import answer
from core import metrics, spent
from core.db import Unavailable
from core.errors import DomainError
from core.log import logger
from core.settings import settings

log = logger(__name__)

ANSWER_WITHIN = 30.0
"""Seconds until an answer begins; twice what a statement of the database may take."""

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

NOWHERE = "none"
"""The route of a request that was refused before anyone looked for one."""

KINDS = {None: "none", gone.STATUS: "gone"}
"""How what nobody was answered is counted: it never came to an answer, or whoever asked had hung up."""

IDENTITY = "aarogya.request_id"
"""Where a request's scope has its name."""

NAME = re.compile(r"[A-Za-z0-9._-]{8,64}")

NOT_FROM_OUTSIDE = {b"x-request-id", b"x-forwarded-for", b"x-forwarded-proto", b"forwarded", b"x-real-ip"}


class Requests:
    """ASGI: the outermost of ours. The id goes into the log and into the answer; only a proxy of ours may give one."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app
        proxies = [proxy for proxy in settings().trusted_proxies.split(",") if proxy]
        self.proxies = [ip_network(proxy) for proxy in proxies]
        self.named: ASGIApp = wrap_asgi_with_proxy_headers(self._named, trusted_hosts=proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, whatever happens."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        else:
            await self.named({**scope, IDENTITY: self._of_edge(scope) or token_hex(8)}, receive, send)

    def _of_edge(self, scope: Scope) -> str | None:
        """The name that a proxy of ours has given it, so that its log and ours are read as one."""
        if not self.proxies or not scope.get("client"):
            return None
        peer = ip_address(scope["client"][0])
        given = Headers(scope=scope).get("x-request-id", "")
        return given if any(peer in each for each in self.proxies) and NAME.fullmatch(given) else None

    async def _named(self, scope: Scope, receive: Receive, send: Send) -> None:
        identity = scope[IDENTITY]
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in NOT_FROM_OUTSIDE]
        with structlog.contextvars.bound_contextvars(request_id=identity):
            if scope["type"] == "http":
                await self._watched(scope, receive, send, identity)
            else:
                await self.app(scope, receive, send)

    async def _watched(self, scope: Scope, receive: Receive, send: Send, identity: str) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        with spent.watching("request", method=method, route=NOWHERE, status=None) as watched:

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    watched.answered()
                    spent.name(status=message["status"])
                await send(message)

            try:
                await self._answer(scope, receive, noting, identity)
            finally:
                watched.answered()
                route, status = watched.named["route"], watched.named["status"]
                metrics.requests.labels(method, route, _kind(status)).inc()
                metrics.request_seconds.labels(method, route).observe(watched.took)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, identity: str) -> None:
        begun = False

        async def named(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                # What has begun may take as long as whoever reads it.
                limit.reschedule(None)
                message = {**message, "headers": [*message.get("headers", []), (b"x-request-id", identity.encode())]}
            await send(message)

        refusal: DomainError | None = None
        try:
            async with asyncio.timeout(ANSWER_WITHIN) as limit:
                await self.app(scope, receive, named)
        except TimeoutError as error:
            refusal = Unavailable() if limit.expired() else Broken()
            log.error("request_failed", error=type(error).__name__, status=problems.status(type(refusal)))
        except Exception as error:
            refusal = Broken()
            log.error("request_failed", error=type(error).__name__, exc_info=error)
        if refusal is not None and not begun:
            said = f"Something went wrong. Please try again. ({identity})"
            headers = {"Cache-Control": "no-store", "X-Request-Id": identity}
            await answer(scope, refusal, said, headers)(scope, receive, send)


def _kind(status: int | None) -> str:
    return KINDS.get(status) or f"{status // 100}xx"
