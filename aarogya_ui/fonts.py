"""The typefaces, served by the app itself: Mukta to read, Tiro Devanagari Hindi for names; both cover Devanagari."""

from typing import Any

from reflex_base.plugins import Plugin

PACKAGES = ("@fontsource/mukta@5.3.0", "@fontsource/tiro-devanagari-hindi@5.3.0")

SHEETS = ("@fontsource/mukta/400.css", "@fontsource/mukta/600.css", "@fontsource/tiro-devanagari-hindi/400.css")
"""Those that say which letters are in which file: else a page in English waits for the letters of Hindi first."""


class Fonts(Plugin):
    """Adds the packages to the build and their style sheets to the pages."""

    def get_frontend_dependencies(self, **_context: Any) -> list[str]:
        """The npm packages, pinned."""
        return list(PACKAGES)

    def get_stylesheet_paths(self, **_context: Any) -> list[str]:
        """The sheets of the weights that we use."""
        return list(SHEETS)
