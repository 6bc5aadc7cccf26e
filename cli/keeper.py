"""Keeping something alive: started again when it dies, and given up after a few quick deaths, with growing pauses."""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Protocol

from core.embedded import child
from core.errors import StartFailed

QUICK_SECONDS = 10.0
STRIKES = 4
LONGEST_PAUSE = 8.0


class Kept(Protocol):
    """What can be kept: one of our processes, or an embedded server."""

    @property
    def is_running(self) -> bool:
        """Whether it lives."""
        ...

    def start(self) -> None:
        """Start it, again too."""
        ...

    def stop(self) -> None:
        """End it; nothing happens if it does not run."""
        ...


class Command:
    """A command of ours (`python -m cli …`) as a child process whose output is our output."""

    def __init__(self, *arguments: str, env: Mapping[str, str], patience: float) -> None:
        """Give it `patience` seconds to end by itself when it is stopped."""
        self._command = [sys.executable, "-m", "cli", *arguments]
        self._env = env
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process."""
        # When we are killed there is nothing left to be polite for, and one that still starts would miss a SIGTERM.
        self._process = child.spawn(self._command, death=signal.SIGKILL, env=self._env)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when the patience is over."""
        if self._process is not None:
            child.stop(self._process, (signal.SIGTERM, self._patience))


class Keeper:
    """Watches one thing; call `tend` every now and then."""

    def __init__(self, name: str, kept: Kept, *, started_at: float | None = None) -> None:
        """`name` is how people are told of it; `started_at` (monotonic) if it runs already."""
        self._name = name
        self._kept = kept
        self._started_at = started_at
        self._strikes = 0
        self._pause_until = 0.0

    def tend(self) -> None:
        """Start it if it does not run and its pause is over. Raises StartFailed after STRIKES quick deaths in a row."""
        now = time.monotonic()
        if self._kept.is_running:
            return
        if self._started_at is not None:
            self._mourn(now)
        if now >= self._pause_until:
            self._kept.start()
            self._started_at = time.monotonic()

    def stop(self) -> None:
        """End it for good."""
        self._kept.stop()

    def _mourn(self, now: float) -> None:
        lived = now - (self._started_at or now)
        self._started_at = None
        self._strikes = self._strikes + 1 if lived < QUICK_SECONDS else 0
        if self._strikes >= STRIKES:
            raise StartFailed(
                f"The {self._name} stopped {STRIKES} times in a row soon after its start; what it said last is above."
            )
        # What lived long was well until somebody killed it, and screens wait for it.
        self._pause_until = now + min(0.25 * 2**self._strikes, LONGEST_PAUSE) if self._strikes else now
        print(f"The {self._name} stopped; starting it again.", file=sys.stderr, flush=True)
