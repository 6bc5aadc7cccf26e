"""Pages are built once for each state of their sources, and published whole."""

from pathlib import Path

import pytest

from cli import pages
from core.errors import StartFailed


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree with one source and a stand-in for Reflex's part, which counts."""
    for name in ("PAGES", "LOG", "WORKSHOP"):
        place = {"PAGES": "", "LOG": "build.log", "WORKSHOP": "workshop"}[name]
        monkeypatch.setattr(pages, name, tmp_path / ".pages" / place)
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    (tmp_path / "rxconfig.py").write_text("1")
    return tmp_path


class Reflex:
    """Stands in for the compilation; `afresh` says for each whether the workshop was made anew."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.afresh: list[bool] = []
        self.then = lambda: None

    def __call__(self, _lock: object, *, afresh: bool) -> bool:
        self.afresh.append(afresh)
        client = self.tree / ".web/build/client"
        client.mkdir(parents=True, exist_ok=True)
        (client / "index.html").write_text("hello")
        (self.tree / ".web/node_modules").mkdir(exist_ok=True)
        self.then()
        return True


@pytest.fixture
def reflex(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Reflex:
    reflex = Reflex(tree)
    monkeypatch.setattr(pages, "_compile", reflex)
    return reflex


def test_pages_are_built_once(reflex: Reflex) -> None:
    first = pages.built()
    assert (first / "build/client/index.html").read_text() == "hello"
    assert not (first / "node_modules").exists()
    assert pages.built() == first
    assert reflex.afresh == [True]


def test_a_changed_source_is_built_in_the_same_workshop_and_the_old_pages_stay(tree: Path, reflex: Reflex) -> None:
    first = pages.built()
    (tree / "state").mkdir()
    (tree / "state/search.py").write_text("2")
    second = pages.built()
    assert first != second
    assert first.exists()
    assert reflex.afresh == [True, False]


def test_a_source_changed_during_the_build_is_built_again(tree: Path, reflex: Reflex) -> None:
    def edit() -> None:
        (tree / "rxconfig.py").write_text("2")

    reflex.then = edit
    assert pages.built().exists()
    assert len(reflex.afresh) == 2


def test_the_package_lock_that_a_build_writes_does_not_ask_for_another(tree: Path, reflex: Reflex) -> None:
    def write_lock() -> None:
        (tree / "reflex.lock").mkdir(exist_ok=True)
        (tree / "reflex.lock/bun.lock").write_text("{}")

    reflex.then = write_lock
    assert pages.built() == pages.built()
    assert len(reflex.afresh) == 1


def test_a_build_killed_half_way_leaves_nothing_that_counts_as_done(reflex: Reflex) -> None:
    def killed() -> None:
        raise KeyboardInterrupt

    reflex.then = killed
    with pytest.raises(KeyboardInterrupt):
        pages.built()
    reflex.then = lambda: None
    assert pages.built().exists()
    assert reflex.afresh == [True, True]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("error: ConnectionRefused downloading tarball postcss@8.5.30\n\n", "check the network"),
        ("error: DNSResolveFailed downloading tarball ms@2.1.3", "check the network"),
        ("write: No space left on device", "disk is full"),
        (
            "Traceback…\nNameError: name 'rx' is not defined\n",
            "could not be built: NameError: name 'rx' is not defined",
        ),
    ],
)
def test_a_failed_build_is_one_sentence(tree: Path, monkeypatch: pytest.MonkeyPatch, said: str, meant: str) -> None:
    def fail(_lock: object, *, afresh: bool) -> bool:
        pages.LOG.write_text(said)
        return False

    monkeypatch.setattr(pages, "_compile", fail)
    with pytest.raises(StartFailed, match=meant):
        pages.built()


def test_only_the_newest_pages_are_kept(tree: Path, reflex: Reflex) -> None:
    for number in range(6):
        (tree / "rxconfig.py").write_text(str(number))
        last = pages.built()
    kept = [place for place in (tree / ".pages").iterdir() if place.is_dir()]
    assert last in kept
    assert len(kept) == pages.KEPT
