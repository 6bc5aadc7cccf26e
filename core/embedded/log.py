"""The log files of the embedded servers: appended to, kept from growing for ever, quoted in errors."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

LARGE = 10 * 2**20


@contextmanager
def opened(file: Path) -> Iterator[IO[bytes]]:
    """The log to append to; a large one is put aside first, over the one before it."""
    if file.exists() and file.stat().st_size > LARGE:
        file.replace(file.with_suffix(".old"))
    with file.open("ab") as log:
        yield log


def last_words(file: Path) -> str:
    """The last thing that went wrong according to the log, in one line; a full disk in plain words."""
    with file.open("rb") as log:
        log.seek(-min(8192, file.stat().st_size), os.SEEK_END)
        lines = log.read().decode(errors="replace").splitlines()
    if any(os.strerror(errno.ENOSPC) in line for line in lines[-20:]):
        return "the disk is full"
    trouble = [
        line for line in lines[-20:] if any(word in line for word in ("FATAL", "PANIC", "error:", "ERROR", "# "))
    ]
    return (trouble or lines or ["it said nothing"])[-1].strip()
