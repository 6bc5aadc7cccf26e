"""What stands around pages, sockets and API alike, before anything of ours or of Reflex sees a request."""

from collections.abc import Callable
from pathlib import Path

from starlette.types import ASGIApp

from api.shell.bodies import Bodies
from api.shell.frames import Frames
from api.shell.headers import Headers
from api.shell.origins import Origins
from api.shell.requests import Requests


def shell(app: ASGIApp, *, pages: Path | None = None, notice: Callable[[str], str] | None = None) -> ASGIApp:
    """`app` within the whole shell.

    `pages` is where the built pages are, whose own scripts may run; `notice` makes the frame that tells a page that it
    sends too much.
    """
    return Headers(Requests(Frames(Origins(Bodies(app)), notice)), pages)
