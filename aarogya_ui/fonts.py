"""The typefaces, served by the app itself: Mukta to read, Tiro Devanagari Hindi for names; both cover Devanagari."""

from typing import Any

from reflex_base.plugins import Plugin

PACKAGES = ("@fontsource/mukta@5.3.0", "@fontsource/tiro-devanagari-hindi@5.3.0")

SHEETS = tuple(
    [f"@fontsource/mukta/{subset}-{weight}.css" for subset in ("latin", "devanagari") for weight in (400, 600)]
    + [f"@fontsource/tiro-devanagari-hindi/{subset}-400.css" for subset in ("latin", "devanagari")]
)


class Fonts(Plugin):
    """Adds the packages to the build and their style sheets to the pages."""

    def get_frontend_dependencies(self, **_context: Any) -> list[str]:
        """The npm packages, pinned."""
        return list(PACKAGES)

    def get_stylesheet_paths(self, **_context: Any) -> list[str]:
        """The sheets of the weights that we use."""
        return list(SHEETS)
