"""One build of the pages for every address: they talk to the server that they came from."""

import re
from typing import Any

from reflex_base.plugins import Plugin

# Reflex's default `api_url`, which it writes into the build, host and port and all (reflex_base/constants/event.py).
BAKED = re.compile(r"""(["'`])(http|ws)://localhost:8000(/[\w-]*)\1""")


class SameOrigin(Plugin):
    """Put the browser's own `location` where Reflex baked an address into the built scripts."""

    def post_build(self, **context: Any) -> None:
        """Rewrite the scripts before they are compressed. Nothing to rewrite means a Reflex that we do not know."""
        replaced = 0
        for script in (context["static_dir"] / "assets").glob("*.js"):
            text, count = BAKED.subn(_at_this_origin, script.read_text(encoding="utf-8"))
            if count:
                script.write_text(text, encoding="utf-8")
            replaced += count
        if not replaced:
            raise RuntimeError(
                "No address of the server was found in the built pages; has Reflex changed how it bakes it?"
            )


def _at_this_origin(found: re.Match[str]) -> str:
    """A JavaScript template: http becomes ws and https becomes wss for the socket."""
    scheme = "location.protocol" if found[2] == "http" else "location.protocol.replace('http','ws')"
    return f"`${{{scheme}}}//${{location.host}}{found[3]}`"
