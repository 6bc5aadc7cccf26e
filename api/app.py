"""The routes beside the pages, on the same port."""

import re
from typing import NoReturn

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Mount
from starlette.types import ASGIApp

from api import (
    account,
    auth,
    cash,
    charts,
    codes,
    gone,
    health,
    metrics,
    notes,
    programs,
    registration,
    second_factor,
    slips,
    staff,
)
from api.credentials import counted
from api.limited import Limited
from api.overload import Overload
from api.routed import Routed

PARTS = (health, metrics, auth, registration, codes, account, second_factor, staff, charts, notes, slips, cash)


class _Mount(Mount):
    """Starlette's, which takes no line's end in a path: what somebody sends there is answered as any other of ours."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


def app() -> Starlette:
    """The Starlette app that Reflex mounts its pages and its socket under."""
    routes = [route for part in PARTS for route in part.routes]
    return Starlette(
        routes=[*routes, _Mount("/api", programs.app())],
        middleware=[Middleware(Overload), Middleware(Limited, find=counted), Middleware(Routed)],
        exception_handlers={ClientDisconnect: gone.nobody, Exception: _passed_on},
    )


async def _passed_on(_request: Request, mistake: Exception) -> NoReturn:
    """To the shell, which logs it and answers; else Starlette would answer first, in its own words."""
    raise mistake
