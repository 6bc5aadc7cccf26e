"""Ports for the embedded servers: picked once, remembered, picked anew only when somebody else has taken one."""

import errno
import json
import random
import socket
from pathlib import Path

from core.errors import StartFailed

# Below the range from which systems draw the ports of outgoing connections.
RANGE = range(15000, 30000)
_TAKEN = {errno.EADDRINUSE}


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now. Raises OSError for a host that is not ours or a port we may not use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are still fading away counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if isinstance(error, PermissionError) or error.errno not in _TAKEN:
                raise
            return False
    return True


class Ports:
    """The remembered ports of one data folder, in a small JSON file."""

    def __init__(self, file: Path) -> None:
        """Remember in `file`; rubbish in it counts as nothing remembered."""
        self._file = file

    def take(self, name: str) -> int:
        """The port that `name` had last time, if it is still free, else another, which is remembered."""
        remembered = self._read()
        port = remembered.get(name)
        if port is None or not is_free(port):
            port = next((p for p in random.sample(RANGE, 200) if p not in remembered.values() and is_free(p)), None)
            if port is None:
                raise StartFailed("No free port was found on 127.0.0.1 for the embedded servers; stop some programs.")
            self._write(remembered | {name: port})
        return port

    def remembered(self, name: str) -> int | None:
        """The port that `name` had last time, whoever has it now."""
        return self._read().get(name)

    def forget(self, name: str) -> None:
        """Pick another port for `name` next time: somebody took this one between the look and the start."""
        self._write({key: port for key, port in self._read().items() if key != name})

    def _read(self) -> dict[str, int]:
        try:
            found = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        pairs = found.items() if isinstance(found, dict) else ()
        return {key: port for key, port in pairs if isinstance(port, int) and 0 < port < 65536}

    def _write(self, remembered: dict[str, int]) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(remembered))
        fresh.replace(self._file)
