"""Child processes: started in a session of their own, bound to our life, stopped with rising insistence."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

PATIENCE = 20.0
"""Seconds that strays get to end by themselves."""

BOUND = Path(__file__).with_name("bound.py")


def bound(
    command: Sequence[str | Path], *, death: signal.Signals, account: str = "same", folder: Path | None = None
) -> list[str]:
    """The command wrapped so that the kernel sends it `death` when this process dies; see bound.py for `account`."""
    wrapper = [sys.executable, "-I", "-S", str(BOUND), str(os.getpid()), str(int(death)), account]
    return [*wrapper, str(folder or Path.cwd()), *map(str, command)]


def spawn(
    command: Sequence[str | Path],
    *,
    death: signal.Signals,
    account: str = "same",
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child that no Ctrl-C of the terminal reaches, so that we choose the order of stopping.

    Call it from a thread that lives as long as the process: the kernel counts the death of the starting thread.
    """
    return subprocess.Popen(
        bound(command, death=death, account=account, folder=folder),
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Send each signal and wait its seconds; then SIGKILL to the child and to whatever it left in its session."""
    for number, patience in steps:
        if process.poll() is not None:
            return
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def strays(folder: Path, name: str) -> list[psutil.Process]:
    """Living processes called `name` that work in `folder`: what a killed predecessor left. Zombies do not count."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.name() == name and process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == folder:
                found.append(process)
    return found


def clear(folder: Path, name: str, number: signal.Signals) -> None:
    """End the strays in `folder`: `number` to the eldest, which ends its own children; SIGKILL to the stubborn."""
    left = strays(folder, name)
    pids = {process.pid for process in left}
    for process in left:
        with suppress(psutil.Error):
            if process.ppid() not in pids:
                process.send_signal(number)
    _, alive = psutil.wait_procs(left, timeout=PATIENCE)
    for process in alive:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=PATIENCE)
