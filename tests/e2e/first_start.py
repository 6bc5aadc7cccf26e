"""The very first start of the app, made once in a run: every process that wants an app of its own gets its data.

It is the dear one: pages are built, a cluster is made, a fortnight of a thousand doctors is loaded.
"""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.running import Running


class FirstStart(NamedTuple):
    """What it said, how it ended, how many processes outlived it, and the folder with the data it left."""

    folder: Path
    port: int
    said: str
    returncode: int
    outlived_by: int

    def copied(self, folder: Path) -> Path:
        """The data, once more, for an app that is to run there."""
        # With their owners: PostgreSQL's files are not root's.
        subprocess.run(["cp", "-a", self.folder, folder], check=True)
        # Two copies that start at once would want the same.
        (folder / "ports.json").unlink()
        return folder


def first_start(factory: pytest.TempPathFactory, prepare: Callable[[Running], None]) -> FirstStart:
    """The run's first start; whoever asks first makes it and has it `prepare`d, the others wait."""
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "first-start"
    shared.mkdir(exist_ok=True)
    told = shared / "told.json"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            shutil.rmtree(shared / "data", ignore_errors=True)
            made = _made(shared / "data", prepare)
            told.write_text(json.dumps([str(made.folder), *made[1:]]))
    folder, *others = json.loads(told.read_text())
    return FirstStart(Path(folder), *others)


def _made(folder: Path, prepare: Callable[[Running], None]) -> FirstStart:
    running = Running(folder, workers=2)
    try:
        prepare(running)
    finally:
        outlived_by = len(running.stop())
    return FirstStart(folder, running.port, running.said, running.process.returncode, outlived_by)
