"""By which route a request went: its template, never its path, for the log and for what is counted."""

from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from core import spent

PAGES = "pages"
"""What no route of ours takes is Reflex's: pages, their files, what is not there."""


class Routed:
    """ASGI, next to the routes."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on; the routes note in the scope which of them it was."""
        try:
            await self.app(scope, receive, send)
        finally:
            if scope["type"] == "http":
                spent.name(route=template(scope))


def template(scope: Scope) -> str:
    """As the route was declared: `/api/doctors/{doctorId}`."""
    route = scope.get("route")
    if isinstance(route, Mount):
        return route.path or PAGES
    path = getattr(route, "path", None)
    return PAGES if path is None else f"{scope.get('root_path', '')}{path}"
