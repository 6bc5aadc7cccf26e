"""The built pages: made once for each state of their sources, published whole or not at all."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from cli.environment import PAGES, ROOT, for_building
from core.errors import StartFailed

# What a build depends on. Reflex writes its package lock during a build, so that one is counted apart.
SOURCES = (
    "aarogya_ui",
    "state",
    "locales",
    "core/words.py",
    "models",
    "assets",
    "locales",
    "rxconfig.py",
    "bunfig.toml",
    ".npmrc",
    "requirements.lock",
    "cli/same_origin.py",
    "cli/patches.py",
    "cli/build_pages.py",
)
PACKAGES = "reflex.lock"
# What serving needs of Reflex's workshop.
SERVED = ("build/client", "backend", "routes.json", "reflex.json", "env.json")
KEPT = 3
ATTEMPTS = 3
LOG = PAGES / "build.log"
WORKSHOP = PAGES / "workshop"
OFFLINE = re.compile(
    r"ConnectionRefused|FailedToOpenSocket|Unable to connect|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|"
    r"ConnectionClosed|DNS|Timeout|GET .* - 5\d\d"
)


def built(*, say: Callable[[str], None] = print) -> Path:
    """The folder with the pages for the sources as they are now, built if need be. Raises StartFailed."""
    published = PAGES / _key()
    if published.exists():
        return published
    with _alone() as lock:
        for _ in range(ATTEMPTS):
            if (published := PAGES / _key()).exists():
                break
            say("Building the pages (only when they have changed; about half a minute)…")
            _build(lock)
        else:
            raise StartFailed("The sources of the pages change faster than they can be built; start again.")
        _forget_old(published)
    return published


def _key() -> str:
    return hashlib.sha256(f"{digest(SOURCES)} {digest((PACKAGES,))}".encode()).hexdigest()[:16]


def digest(names: tuple[str, ...]) -> str:
    """The content of these files and folders, as a hash; what does not exist counts as empty.

    Links do not count: Reflex makes them in `assets` while it builds.
    """
    total = hashlib.sha256()
    for name in names:
        place = ROOT / name
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.is_file() and not file.is_symlink() and "__pycache__" not in file.parts:
                content = file.read_bytes()
                total.update(f"{file.relative_to(ROOT)} {len(content)}\n".encode())
                total.update(content)
    return total.hexdigest()


@contextmanager
def _alone() -> Iterator[IO[str]]:
    """One build at a time in this tree; a second one waits and then finds the pages there."""
    try:
        PAGES.mkdir(exist_ok=True)
        handle = (PAGES / "lock").open("w")
    except OSError as error:
        raise StartFailed(f"The pages are not built yet and {PAGES} cannot be written ({error.strerror}).") from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle


def _build(lock: IO[str]) -> None:
    """Build in `.web` and publish, unless the sources changed meanwhile: then the caller looks again."""
    sources = digest(SOURCES)
    workshop = digest(("rxconfig.py", "bunfig.toml", ".npmrc", "requirements.lock"))
    is_whole = WORKSHOP.exists() and WORKSHOP.read_text() == workshop and (ROOT / ".web").exists()
    # Gone while we build: whoever is killed half-way leaves a workshop that the next build makes anew.
    WORKSHOP.unlink(missing_ok=True)
    succeeded = _compile(lock, afresh=not is_whole)
    WORKSHOP.write_text(workshop)
    _tidy_lock()
    if not succeeded:
        raise StartFailed(_trouble())
    if digest(SOURCES) == sources:
        _publish(PAGES / _key())


def _tidy_lock() -> None:
    """Reflex writes the list of packages in two forms, afresh and again: kept in one, the tree stays as it was."""
    listed = ROOT / PACKAGES / "package.json"
    with suppress(OSError, ValueError):
        listed.write_text(json.dumps(json.loads(listed.read_text()), indent=2))


def _compile(lock: IO[str], *, afresh: bool) -> bool:
    command = [sys.executable, "-m", "cli.build_pages", *(["afresh"] if afresh else [])]
    environment = for_building()
    with LOG.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            # If we are killed, it goes on; it then holds the lock, so that the next start waits and does not interfere.
            pass_fds=[lock.fileno()],
        )
        try:
            return process.wait() == 0
        finally:
            # Also when we are stopped half-way: bun and what it started are in the same session.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _publish(place: Path) -> None:
    """Copy what serving needs beside its place, then move it there in one step."""
    fresh = place.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    for name in SERVED:
        source = ROOT / ".web" / name
        if source.is_dir():
            shutil.copytree(source, fresh / name)
        elif source.exists():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, fresh / name)
    if place.exists():
        # Built before from the same sources, with another lock that is now as it was then.
        shutil.rmtree(fresh, ignore_errors=True)
    else:
        fresh.rename(place)


def _forget_old(current: Path) -> None:
    known = [place for place in PAGES.iterdir() if re.fullmatch(r"[0-9a-f]{16}", place.name) and place != current]
    known.sort(key=lambda place: place.stat().st_mtime, reverse=True)
    for place in known[KEPT - 1 :]:
        shutil.rmtree(place, ignore_errors=True)


def _trouble() -> str:
    said = LOG.read_text(errors="replace")
    if OFFLINE.search(said):
        return (
            "The packages of the pages could not be downloaded; check the network and the proxy settings "
            f"and start again (all of it: {LOG})."
        )
    if os.strerror(28) in said or "ENOSPC" in said:
        return "The disk is full; make room and start again."
    words = [line.strip() for line in said.splitlines() if line.strip()] or ["no reason was given"]
    return f"The pages could not be built: {words[-1][:300]} (all of it: {LOG})."
