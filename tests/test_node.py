"""Programs from npm: locked without an address, installed once."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools import node


def test_a_lock_of_npm_names_packages_and_hashes_and_no_address():
    assert node.locked_folders()
    for folder in node.locked_folders():
        text = (folder / node.LOCK).read_text()
        assert "://" not in text
        assert all("integrity" in package for name, package in json.loads(text)["packages"].items() if name)


def test_two_at_once_install_once_and_the_second_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / node.PACKAGE).write_text('{"private": true}')
    (tmp_path / node.LOCK).write_text('{"lockfileVersion": 3, "packages": {"": {}}}')
    monkeypatch.setattr(node, "KEPT", tmp_path / "kept")
    runs: list[str] = []
    really = node._run

    def counted(*arguments: str, folder: Path) -> None:
        runs.append(arguments[0])
        really(*arguments, folder=folder)

    monkeypatch.setattr(node, "_run", counted)
    with ThreadPoolExecutor(2) as pool:
        found = set(pool.map(node.installed, [tmp_path] * 2))
    assert runs == ["ci"]
    assert [path.is_dir() for path in found] == [True]


def test_what_npm_cannot_install_is_told_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / node.PACKAGE).write_text('{"dependencies": {"left": "1.0.0"}}')
    (tmp_path / node.LOCK).write_text('{"lockfileVersion": 3, "packages": {"": {}}}')
    monkeypatch.setattr(node, "KEPT", tmp_path / "kept")
    for _ in range(2):
        with pytest.raises(node.NodeFailed, match="npm ci failed"):
            node.installed(tmp_path)
