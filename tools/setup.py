"""Make `.venv` and install the locked packages: the standard library only, and one sentence for whatever goes wrong.

`setup.py run` installs what the app needs, `dev` adds the tools, `test` adds a browser. What is done is not done again.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock", "test": "requirements-dev.lock"}
NETWORK = (
    r"NewConnectionError|name resolution|Name or service|nodename nor|Network is unreachable|Connection refused|"
    r"ConnectTimeout|ReadTimeout|timed out|ProxyError|SSLError|CERTIFICATE|Connection reset|Tunnel connection"
)
# What pip says, and what it means for the person who typed `make run`. The first that fits.
MEANINGS = (
    (r"No space left|Errno 28|Disk quota", "The disk is full; make room for about 1 GB and run it again."),
    (
        NETWORK,
        "The packages could not be downloaded; check the network and the proxy settings and run it again "
        "(only the first start needs the network).",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "A downloaded package is not the one that was locked; run it again, and if that does not help, "
        "tell whoever runs your package mirror.",
    ),
    (
        r"No matching distribution|Could not find a version|is not a supported wheel",
        "A package has no build for this system; Linux on x86-64 or arm64 and macOS on arm64 "
        "with Python 3.11 to 3.13 are known to work.",
    ),
    (r"Permission denied|Errno 13|Read-only", "The folder cannot be written; run it as the owner of the folder."),
)


class Failed(Exception):
    """One sentence that says what is wrong and what to do."""


def main(what: str) -> None:
    """Bring `.venv` to what `what` needs."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:2]))
        raise Failed(f"Aarogya Setu needs Python 3.11 or newer and this is {found}; install a newer Python.")
    with alone():
        lock = ROOT / LOCKS[what]
        stamp = VENV / f".installed-{lock.stem}"
        if not is_usable():
            make_venv()
        mark = fingerprint(lock)
        if not stamp.exists() or stamp.read_text() != mark:
            install(lock)
            write_command()
            stamp.write_text(mark)
    if what == "test" and subprocess.run([PYTHON, "-m", "tools.browser"], cwd=ROOT, check=False).returncode:
        sys.exit(1)


def alone() -> IO[str]:
    """A lock on this tree: two set-ups at once would spoil each other's `.venv`."""
    import fcntl

    handle = (ROOT / ".venv.lock").open("w")
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def is_usable() -> bool:
    """Whether `.venv` has a Python that runs and is new enough; a moved tree or an upgraded system breaks it."""
    if not PYTHON.exists():
        return False
    check = f"import pip, sys; sys.exit(sys.version_info < {OLDEST})"
    return subprocess.run([PYTHON, "-c", check], capture_output=True, check=False).returncode == 0


def make_venv() -> None:
    """A fresh `.venv`; Debian and Ubuntu keep the module for it in a package of its own."""
    print("Making .venv…", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return
    said = made.stdout + made.stderr
    if "ensurepip" in said or "No module named venv" in said:
        version = ".".join(map(str, sys.version_info[:2]))
        raise Failed(f"This Python cannot make a .venv; install its venv module (apt install python{version}-venv).")
    raise Failed(meaning(said, f"The folder {VENV} could not be made: {last_line(said)}"))


def install(lock: Path) -> None:
    """Install exactly what is locked; a package that is there already is left alone."""
    print("Installing packages (only this time, a minute or two)…", flush=True)
    command: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--retries",
        "2",
    ]
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", lock]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stdout + done.stderr
        log = VENV / "setup.log"
        log.write_text(said)
        raise Failed(meaning(said, f"The packages could not be installed: {last_line(said)} (all of it: {log})."))


def write_command() -> None:
    """`.venv/bin/aarogya`, which runs the tree it belongs to from any folder."""
    command = VENV / "bin" / "aarogya"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{PYTHON}" -m cli "$@"\n')
    command.chmod(0o755)


def fingerprint(lock: Path) -> str:
    """What is installed when this lock is: its content and the Python it is for."""
    return hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()


def meaning(said: str, otherwise: str) -> str:
    """The sentence for what a program said."""
    return next((sentence for pattern, sentence in MEANINGS if re.search(pattern, said)), otherwise)


def last_line(said: str) -> str:
    """The last thing a program said, which is mostly the reason."""
    return (said.strip().splitlines() or ["no reason was given"])[-1].strip()


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "run")
    except Failed as failed:
        sys.exit(f"aarogya: {failed}")
    except OSError as error:
        sys.exit(f"aarogya: {meaning(str(error), str(error))}")
    except KeyboardInterrupt:
        sys.exit(130)
