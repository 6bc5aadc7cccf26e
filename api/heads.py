"""HEAD is GET without the body (RFC 9110, 9.3.2): whether what a program holds has changed, and how much there is."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """ASGI, around the operations."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a HEAD on as a GET, and send what is answered but for the body."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send(message | {"body": b""} if message["type"] == "http.response.body" else message)

        # The same scope, since the routes note in it which of them it was.
        scope["method"] = "GET"
        try:
            await self.app(scope, receive, without_body)
        finally:
            scope["method"] = "HEAD"
