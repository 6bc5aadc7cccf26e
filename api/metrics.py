"""`/metrics`, for Prometheus: what all processes of this machine have counted."""

import asyncio
from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core import counting
from core.settings import Environment, settings


async def metrics(request: Request) -> Response:
    """With a token set, for who brings it; without one, for all in a demo and for nobody in production."""
    token = settings().metrics_token
    if token is None:
        if settings().environment is Environment.PRODUCTION:
            return PlainTextResponse("Not found", 404)
    elif not _is_right(request.headers.get("authorization", ""), token.get_secret_value()):
        return PlainTextResponse("Unauthorized", 401, {"WWW-Authenticate": "Bearer"})
    said = await asyncio.to_thread(counting.text)
    return Response(said, headers={"Cache-Control": "no-store"}, media_type=counting.CONTENT_TYPE)


def _is_right(header: str, token: str) -> bool:
    return compare_digest(header.encode("latin-1"), f"Bearer {token}".encode())


routes = [Route("/metrics", metrics)]
"""The route beside the pages, on the same port."""
