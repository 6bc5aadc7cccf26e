"""Under which account PostgreSQL runs, which refuses to run as root."""

import os
import pwd
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.embedded import child
from core.errors import StartFailed


@dataclass(frozen=True)
class Account:
    """How bound.py is to run the server, and who has to own the files."""

    name: str
    uid: int
    gid: int


def account(folder: Path, binary: Path) -> Account:
    """Our own account, or for root one that reaches both `folder` and `binary`; the folder then belongs to it."""
    if os.geteuid() != 0:
        return Account("same", os.geteuid(), os.getegid())
    owner = folder.stat().st_uid
    # Who owns the files comes first: changing the owner of a large cluster at each start would be slow.
    for candidate in sorted(_candidates(), key=lambda known: known.uid != owner):
        give(folder, candidate)
        if _works(candidate, folder, binary):
            return candidate
    raise StartFailed(
        "PostgreSQL does not run as root, and this system offers neither user namespaces nor an account that "
        f"reaches {folder}; start as an ordinary user, or give AAROGYA_DATABASE_URL."
    )


def _candidates() -> list[Account]:
    found = [Account("namespace", 0, 0)]
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        found.append(Account(f"{entry.pw_uid}:{entry.pw_gid}", entry.pw_uid, entry.pw_gid))
    return found


def give(folder: Path, owner: Account) -> None:
    """Make `owner` the owner of the folder and all in it; its parents are left as they are."""
    if folder.stat().st_uid == owner.uid:
        return
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(root, name), owner.uid, owner.gid, follow_symlinks=False)
    # Last, so that a chown cut short is done again.
    os.chown(folder, owner.uid, owner.gid)


def _works(candidate: Account, folder: Path, binary: Path) -> bool:
    command = child.bound([binary, "--version"], death=signal.SIGKILL, account=candidate.name, folder=folder)
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
