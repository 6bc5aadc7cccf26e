"""Message catalogues: every word that a person reads, in the languages that we speak.

The English sentence is the key. `N_` marks a sentence where it is defined; `words(language).gettext` gives it to a
person.
"""

import gettext
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "hi")
"""The languages of the pages; the first is the one without a prefix in the address."""

CATALOGUES = Path(__file__).parent.parent / "locales"


def N_(message: str) -> str:  # noqa: N802  (gettext's own name)
    """Mark a sentence for the catalogue; it is translated where it is shown."""
    return message


@lru_cache
def words(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English, and one we do not speak, is the sentences themselves."""
    source = CATALOGUES / language / "LC_MESSAGES" / "aarogya.po"
    if language not in LANGUAGES or not source.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
