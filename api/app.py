"""The routes beside the pages, on the same port."""

from starlette.applications import Starlette
from starlette.routing import Mount

from api import auth, health, programs


def app() -> Starlette:
    """The Starlette app that Reflex mounts its pages and its socket under."""
    return Starlette(routes=[*health.routes, *auth.routes, Mount("/api", programs.app())])
