"""Who may import whom: `aarogya_ui -> state -> services -> models -> core`, `api -> services`; `cli` sees all."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

BELOW = {
    "core": set(),
    "models": {"core"},
    "services": {"models", "core"},
    "state": {"services", "models", "core"},
    "api": {"services", "models", "core"},
    "aarogya_ui": {"state", "services", "models", "core"},
    "cli": {"aarogya_ui", "api", "state", "services", "models", "core", "migrations", "tools"},
    "migrations": {"models", "core"},
    "tools": set(),
}
"""What each layer may import besides itself."""

ALSO = {"aarogya_ui/wiring.py": {"api"}, "rxconfig.py": {"aarogya_ui", "cli"}}
"""The two files that wire the app together."""

NO_WEB = {"reflex", "starlette", "fastapi", "httpx", "granian", "socketio"}
"""What the business knows nothing of."""

BOOK_WRITERS = {"services/moves.py", "services/placing.py", "services/patients/belongings.py"}
"""Who may write the appointments, the last of them only whose they are; everybody else goes through them."""


def sources() -> list[Path]:
    return [file for layer in BELOW for file in sorted((ROOT / layer).rglob("*.py"))] + [ROOT / "rxconfig.py"]


def imports(source: str) -> Iterator[str]:
    """The modules that a source imports, wherever in it and however they are named."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute here"
            yield node.module or ""
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant))


def forbidden(file: str, source: str) -> list[str]:
    """The layers of ours that `file` imports and may not."""
    layer = file.partition("/")[0]
    allowed = BELOW.get(layer, set()) | {layer} | ALSO.get(file, set())
    layers = {module.partition(".")[0] for module in imports(source)}
    return sorted(layers & {*BELOW, "tests", "bench"} - allowed)


@pytest.mark.parametrize("file", sources(), ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_go_one_way(file: Path) -> None:
    name = file.relative_to(ROOT).as_posix()
    assert forbidden(name, file.read_text()) == []


def test_a_new_folder_of_sources_has_its_place_among_the_layers() -> None:
    known = {*BELOW, "tests", "bench", "docs", "deploy", "assets", "locales"}
    found = {file.parent.name for file in ROOT.glob("*/*.py") if not file.parent.name.startswith(".")}
    assert found <= known


@pytest.mark.parametrize("layer", ["core", "models", "services"])
def test_the_business_knows_nothing_of_pages_and_http(layer: str) -> None:
    for file in (ROOT / layer).rglob("*.py"):
        modules = {module.partition(".")[0] for module in imports(file.read_text())}
        # The door's own middleware, which the pages and the API both stand behind.
        if file.relative_to(ROOT).as_posix() != "core/web_session.py":
            assert not modules & NO_WEB, file


def test_only_the_book_writes_the_book() -> None:
    for file in sources():
        name = file.relative_to(ROOT).as_posix()
        if name.startswith(("services/", "api/", "state/", "aarogya_ui/", "core/")) and name not in BOOK_WRITERS:
            assert not set(written(file.read_text())) & {"Appointment", "appointments"}, file


def test_only_the_transaction_commits() -> None:
    for file in sources():
        name = file.relative_to(ROOT).as_posix()
        if name.startswith(("services/", "api/", "state/", "aarogya_ui/", "models/")):
            calls = [node.func for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
            assert not any(isinstance(call, ast.Attribute) and call.attr == "commit" for call in calls), file


def written(source: str) -> Iterator[str]:
    """The models and tables that a source inserts into, updates or deletes from."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {"insert", "update", "delete"}:
            yield from (ast.unparse(arg).partition(".")[0] for arg in node.args[:1])
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.upper().split()
            for first, second in (("INSERT", "INTO"), ("DELETE", "FROM")):
                yield from _after(words, first, second)
            if "SET" in words:
                yield from _after(words, "UPDATE")


def _after(words: list[str], *command: str) -> Iterator[str]:
    for start in range(len(words) - len(command)):
        if tuple(words[start : start + len(command)]) == command:
            yield words[start + len(command)].lower().partition("(")[0]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("core/db.py", "from services import moves"),
        ("core/db.py", "import services.moves as m"),
        ("models/user.py", "def f():\n    from services.accounts import sign_in"),
        ("services/days.py", "from state.day import Day"),
        ("services/days.py", "import api.auth"),
        ("services/days.py", "from tests.people import Cast"),
        ("state/day.py", "from aarogya_ui import theme"),
        ("state/day.py", "import importlib; importlib.import_module('api.app')"),
        ("api/auth.py", "from state.session import Session"),
        ("aarogya_ui/pages/day.py", "from api.auth import safe_path"),
        ("migrations/env.py", "from services import partitions"),
    ],
)
def test_a_forbidden_import_is_caught(file: str, source: str) -> None:
    assert len(forbidden(file, source)) == 1


def test_an_allowed_import_is_not() -> None:
    assert forbidden("state/day.py", "import os\nfrom services import days\nfrom core import clock") == []
    assert forbidden("aarogya_ui/wiring.py", "from api.app import app") == []
    assert forbidden("cli/run.py", "from services import partitions") == []


def test_a_write_behind_the_books_back_is_caught() -> None:
    for source in (
        "sa.update(Appointment).values(status=1)",
        "text('UPDATE appointments SET status = 1')",
        "text('DELETE FROM appointments')",
        "text('insert into appointments(id) values (1)')",
    ):
        assert set(written(source)) & {"Appointment", "appointments"}
    assert set(written("select(Appointment); text('SELECT * FROM appointments')")) == set()
