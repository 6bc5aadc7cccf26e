"""What is fuzzed: the routes beside the pages, within their shell, as they are served; but nobody asks too often."""

from starlette.types import ASGIApp

from api import app as routes
from api.shell import shell
from core.limits import Standing
from core.log import configure_logging


def app() -> ASGIApp:
    """All is counted and told as ever; without this it would be a test of 429."""
    configure_logging()
    Standing.is_over = property(lambda _: False)  # type: ignore[assignment, method-assign]
    return shell(routes.app())
