"""The routes beside the pages, on the same port."""

from starlette.applications import Starlette

from api import account, auth, codes, health, registration


def app() -> Starlette:
    """The Starlette app that Reflex mounts its pages and its socket under."""
    return Starlette(routes=[*health.routes, *auth.routes, *registration.routes, *codes.routes, *account.routes])
