"""One start at a time in one data folder: the kernel's lock, which ends with the process that held it."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StartFailed

# A new cluster with its write-ahead log takes about 60 MB; PostgreSQL stops answering when the disk is full.
NEEDED_MB = 300


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder, made if missing; raises StartFailed when another start has it or it cannot be written."""
    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # The file is never removed: whoever has it open and whoever makes it anew would hold two different locks.
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle, folder)
        require_space(folder)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _take(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
        raise StartFailed(
            f"Aarogya Setu is already running in {folder} (process {holder}); "
            "stop that one, or set AAROGYA_DATA_DIR to another folder."
        ) from None
    with writable(folder):
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)


def require_space(folder: Path) -> None:
    """Refuse to start on a disk that is about to be full."""
    free = shutil.disk_usage(folder).free // 2**20
    if free < NEEDED_MB:
        raise StartFailed(f"Only {free} MB are free on the disk of {folder}, and {NEEDED_MB} are needed; make room.")


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn what the file system refuses inside into one sentence about `folder`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StartFailed(f"The disk of {folder} is full; make room and start again.") from error
        raise StartFailed(
            f"{error.filename or folder} cannot be used ({error.strerror}); "
            "start as the owner of the folder, or set AAROGYA_DATA_DIR to another one."
        ) from error
