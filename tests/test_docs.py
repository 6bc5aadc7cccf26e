"""What the documents say is tested, is."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SECURITY = (ROOT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", SECURITY)))


def missing(file: str, name: str) -> bool:
    place = ROOT / file
    if not place.is_file():
        return True
    tree = ast.parse(place.read_text())
    tests = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return name not in tests if name else not any(test.startswith("test_") for test in tests)


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_test_that_is_named_exists(file: str, name: str) -> None:
    assert not missing(file, name)


def test_one_that_does_not_exist_would_be_found() -> None:
    assert len(NAMED) > 50
    assert missing("tests/test_nothing.py", "")
    assert missing("tests/test_docs.py", "test_nothing")
    assert missing("tests/conftest.py", "")
    # Nothing that looks like a test is written in a way that is not looked at.
    assert len(re.findall(r"tests/[\w/]+\.py", SECURITY)) == len(re.findall(r"`tests/[\w/]+\.py(?:::\w+)?`", SECURITY))


def test_every_requirement_is_there_once_and_has_an_answer() -> None:
    rows = re.findall(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (.+?) \|$", SECURITY, re.MULTILINE)
    assert len(rows) == len({row[0] for row in rows}) == 217
    answers = ("Met", "Partly", "Not met", "Does not apply", "Left to")
    assert not [row for row in rows if not row[3].startswith(answers)]


WRITTEN = [ROOT / "README.md", ROOT / "STYLE.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", WRITTEN, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(document: Path) -> None:
    words = document.read_text()
    named = set(
        re.findall(
            r"`((?:aarogya_ui|api|assets|bench|cli|core|docs|models|services|state|tests|tools)/[^`\s…{]*)`", words
        )
    )
    linked = set(re.findall(r"\]\(([^)#:]+)\)", words))
    assert not [name for name in named if not (ROOT / name.partition("::")[0]).exists()]
    assert not [link for link in linked if not (document.parent / link).exists()]
