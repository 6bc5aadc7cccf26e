"""The routes beside the pages, on the same port."""

from starlette.applications import Starlette

from api import auth, charts, health, second_factor, staff


def app() -> Starlette:
    """The Starlette app that Reflex mounts its pages and its socket under."""
    return Starlette(routes=[*health.routes, *auth.routes, *second_factor.routes, *staff.routes, *charts.routes])
