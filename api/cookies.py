"""How every cookie of ours is set and taken back: no script reads it, and it is Secure wherever there is TLS."""

from datetime import timedelta
from typing import Literal

from starlette.responses import Response

from core.settings import settings

SameSite = Literal["lax", "strict"]


def put(response: Response, name: str, value: str, longest: timedelta, *, same_site: SameSite = "lax") -> None:
    """Have the browser keep it for so long."""
    response.set_cookie(
        name,
        value,
        max_age=int(longest.total_seconds()),
        path="/",
        secure=settings().is_tls,
        httponly=True,
        samesite=same_site,
    )


def take(response: Response, name: str, *, same_site: SameSite = "lax") -> None:
    """Have the browser forget it."""
    response.delete_cookie(name, path="/", secure=settings().is_tls, httponly=True, samesite=same_site)
