"""The language that a page is being made in: each page is made once for each, so its words are in its HTML."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from core.words import LANGUAGES, words

_language: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Make pages in that language inside the block."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def language() -> str:
    """The language of the page that is being made."""
    return _language.get()


def t(message: str) -> str:
    """The sentence in the language of the page."""
    return words(language()).gettext(message)


def path(address: str) -> str:
    """The address of a page, in the language of the page that leads there."""
    return address if language() == LANGUAGES[0] else f"/{language()}{address}".rstrip("/")
