"""Run a command that dies with its parent and, for root, under an ordinary account.

A script, of the standard library only: `python -I -S bound.py PARENT SIGNAL ACCOUNT FOLDER COMMAND…`. ACCOUNT is
`same`, `namespace` (root, seen as uid 1000 in a user namespace of its own) or `UID:GID`, and must reach FOLDER.
"""

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION = 0x20080522
ORDINARY = 1000


def main(parent: int, signal: int, account: str, folder: str, *command: str) -> None:
    """Change the account, bind to the parent, become the command. Exits 1 if the account cannot reach the folder."""
    if account == "namespace":
        enter_namespace()
    elif account != "same":
        become(*map(int, account.split(":")))
    # By doing it: os.access would not count the capability that `become` keeps.
    if not can_list(folder):
        sys.exit(1)
    # Last, because the kernel forgets the death signal whenever the account changes.
    die_with(parent, signal)
    os.execv(command[0], command)  # noqa: S606


def can_list(folder: str) -> bool:
    """Whether this account reaches the folder."""
    try:
        os.scandir(folder).close()
    except OSError:
        return False
    return True


def enter_namespace() -> None:
    """Be uid 1000 here and root outside, so that files stay root's and PostgreSQL agrees to start."""
    uid, gid = os.geteuid(), os.getegid()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER):
        sys.exit(1)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/gid_map").write_text(f"{ORDINARY} {gid} 1")
    Path("/proc/self/uid_map").write_text(f"{ORDINARY} {uid} 1")


def become(uid: int, gid: int) -> None:
    """Leave root for good, keeping the right to walk through folders that only root may enter (a venv under /root)."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    mask = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    # A container may withhold the capability: then the account has to reach the folders by itself.
    if libc.capset(header, sets) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def die_with(parent: int, signal: int) -> None:
    """Have Linux send `signal` when the parent dies, also by kill -9. On other systems the next start clears up."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
