"""What all processes of one machine count, added up: each writes into a shared folder, whoever is asked reads all.

The folder is prometheus_client's own way to do this. It must be known before the library is loaded, so the commands
call `share` first thing; without it a process counts for itself alone, as the tests' does.
"""

import fcntl
import os
import sys
from pathlib import Path

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own name for it."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_held: list[int] = []


def share(folder: Path) -> None:
    """Count in this folder from now on, this process and its children. What dead processes left there is removed."""
    assert "prometheus_client" not in sys.modules, "counted already, and for this process alone"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[FOLDER] = str(folder)
    for path in _of_the_dead(folder):
        path.unlink(missing_ok=True)


def begin() -> None:
    """Tell the others that this process lives, for as long as it does: a lock ends with its process."""
    if (folder := _folder()) is not None:
        handle = os.open(folder / f"{os.getpid()}.alive", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _held.append(handle)


def text() -> bytes:
    """All that is counted, in Prometheus's text. What a dead process counted stays; what it had at hand is gone."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    if (folder := _folder()) is None:
        return generate_latest(REGISTRY)
    for path in _of_the_dead(folder):
        if path.name.startswith("gauge_live"):
            path.unlink(missing_ok=True)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _folder() -> Path | None:
    return Path(named) if (named := os.environ.get(FOLDER)) else None


def _of_the_dead(folder: Path) -> list[Path]:
    lives: dict[str, bool] = {}
    found = []
    # The marks last: without its mark a process is only known by its number.
    for path in sorted([*folder.glob("*_*.db"), *folder.glob("*.alive")], key=lambda path: path.suffix == ".alive"):
        number = path.stem.rpartition("_")[2]
        if number not in lives:
            lives[number] = _lives(folder, number)
        if not lives[number]:
            found.append(path)
    return found


def _lives(folder: Path, number: str) -> bool:
    """By the lock that it holds; one that has not come so far, by its number, which another program may have by now."""
    if int(number) == os.getpid():
        return True
    try:
        handle = os.open(folder / f"{number}.alive", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return _answers(int(number))
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _answers(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
