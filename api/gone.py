"""Who hangs up before he is answered: nothing is begun for him any more, and it is no mistake of ours."""

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

STATUS = 499
"""Of an answer that nobody is there to read: nginx's number for it, which no RFC has and no client ever sees."""

LOOK = 0.01
"""Seconds that the server has to say that he is gone."""


async def refuse_gone(request: Request) -> None:
    """Raise ClientDisconnect where the caller has hung up. The body must have been read."""
    heard = asyncio.ensure_future(request.receive())
    try:
        # After the body nothing comes but the end; while he waits, nothing.
        await asyncio.wait({heard}, timeout=LOOK)
        if heard.done() and heard.result()["type"] == "http.disconnect":
            raise ClientDisconnect
    finally:
        heard.cancel()


async def nobody(_request: Request, _error: Exception | None = None) -> Response:
    """The answer to one who has hung up, for the log and the metrics."""
    return Response(status_code=STATUS)
