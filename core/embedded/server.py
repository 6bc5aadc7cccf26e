"""What our PostgreSQL and our Redis have in common: one process, in a folder of its own, on a port that it keeps."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from core.embedded.ports import Ports
from core.errors import StartFailed


class Server:
    """One server in one folder; `durable=False` trades safety for speed, for tests only."""

    key: ClassVar[str]
    """Under which its port is remembered."""

    name: ClassVar[str]
    """As people know it."""

    def __init__(self, folder: Path, ports: Ports, *, durable: bool = True) -> None:
        """Keep data, password and log in `folder`."""
        self._folder = folder
        self._ports = ports
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def is_remembered(self) -> bool:
        """Whether it was ever started here; from now on `url` is where it listened then."""
        self._port = self._ports.remembered(self.key) or 0
        return self._port > 0

    @property
    def is_running(self) -> bool:
        """Whether the server process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _launch_on_a_free_port(self, launch: Callable[[], bool]) -> None:
        """`launch` tells whether it answers: False where its port was taken meanwhile. Raises StartFailed."""
        for _ in range(3):
            self._port = self._ports.take(self.key)
            if launch():
                return
            self._ports.forget(self.key)
        raise StartFailed(f"{self.name} found no free port; its log is {self._log}.")
