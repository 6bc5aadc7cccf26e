"""The scripts and styles that were built into the pages, by their hashes: all that a page may run besides our files."""

import base64
import hashlib
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path


@dataclass(frozen=True)
class Inline:
    """Sources for a Content-Security-Policy, `'sha256-…'`."""

    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


def inline(pages: Path | None) -> Inline:
    """What stands in all the built pages; nothing where none are built yet."""
    found: dict[str, set[str]] = {"script": set(), "style": set()}
    for page in sorted(pages.rglob("*.html")) if pages is not None else ():
        reader = _Reader(found)
        reader.feed(page.read_text(encoding="utf-8"))
        reader.close()
    return Inline(tuple(sorted(found["script"])), tuple(sorted(found["style"])))


class _Reader(HTMLParser):
    def __init__(self, found: dict[str, set[str]]) -> None:
        super().__init__(convert_charrefs=False)
        self.found = found
        self.tag, self.text = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.found and "src" not in dict(attrs):
            self.tag, self.text = tag, ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == self.tag:
            digest = base64.b64encode(hashlib.sha256(self.text.encode()).digest()).decode()
            self.found[tag].add(f"'sha256-{digest}'")
            self.tag = ""
