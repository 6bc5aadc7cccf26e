"""Every sentence of the sources is in every catalogue, and a catalogue that lacks one still says it in English."""

from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from core.errors import DomainError
from core.words import CATALOGUES, LANGUAGES, words

ROOT = Path(__file__).resolve().parents[2]
MARKS = {"t": None, "N_": None, "gettext": None}
METHODS = [(f"{folder}/**.py", "python") for folder in ("aarogya_ui", "api", "state", "services", "core")]


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_sentence_is_spoken_in_every_language(language: str) -> None:
    with (CATALOGUES / language / "LC_MESSAGES" / "aarogya.po").open("rb") as file:
        spoken = {message.id for message in read_po(file, locale=language) if message.string and not message.fuzzy}
    ours = [*METHODS, ("**", "ignore")]
    found = {message for _, _, message, _, _ in extract_from_dir(ROOT, ours, keywords=MARKS, directory_filter=_is_ours)}
    assert len(found) > 50
    assert sorted(found - spoken) == []


def _is_ours(folder: str) -> bool:
    return Path(folder).relative_to(ROOT).parts[0] in {"aarogya_ui", "api", "state", "services", "core"}


def test_what_is_not_in_a_catalogue_and_a_language_we_do_not_speak_are_english() -> None:
    assert words("hi").gettext("No such sentence") == "No such sentence"
    assert words("../../etc").gettext("You are not allowed to do that.") == "You are not allowed to do that."
    assert words("hi").gettext("You are not allowed to do that.") != "You are not allowed to do that."


def test_every_refusal_has_a_code_of_its_own() -> None:
    """A page finds the sentence by the code, a program what to do."""
    for module in ("services", "core", "api"):
        for file in (ROOT / module).rglob("*.py"):
            import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    found, waiting = [], [DomainError]
    while waiting:
        found.append(waiting.pop())
        waiting += found[-1].__subclasses__()
    codes = Counter(refusal.code for refusal in found)
    assert [code for code, count in codes.items() if count > 1] == []
    assert len(codes) > 30
