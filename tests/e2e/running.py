"""`python -m cli run` as the tests run it: its processes, its database, and what it says."""

import os
import pickle
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psutil
import psycopg
from redis import Redis

from core.embedded.ports import is_free

ROOT = Path(__file__).resolve().parents[2]
FIRST_SECONDS = 900.0

WORKER, WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]), 8
PORTS = range(30000 + WORKER % WORKERS, 32768, WORKERS)
"""This test process's own: beyond those of the embedded servers, below those that systems draw for connections."""

_ports = iter(random.sample(PORTS, len(PORTS)))


class Running:
    """An app that runs; with `beside`, one that uses the database and the Redis of another."""

    def __init__(
        self,
        folder: Path,
        *,
        workers: int,
        beside: "Running | None" = None,
        port: int | None = None,
        is_awaited: bool = True,
    ) -> None:
        self.folder, self.port, self.workers = folder, port or free_port(), workers
        self.base = f"http://127.0.0.1:{self.port}"
        self.log = folder.with_suffix(f".{self.port}.log")
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("AAROGYA_", "PYTEST_"))}
        environment |= {
            "AAROGYA_DATA_DIR": str(folder),
            "AAROGYA_PORT": str(self.port),
            "AAROGYA_WORKERS": str(workers),
        }
        if beside is not None:
            environment |= {"AAROGYA_DATABASE_URL": beside.database_url, "AAROGYA_REDIS_URL": beside.redis_url}
            self._share_letters(beside)
        started = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli", "run"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        if not is_awaited:
            return
        try:
            self.until(FIRST_SECONDS, lambda: "is ready at" in self.said)
        except AssertionError:
            self.process.kill()
            raise
        self.seconds_to_start = time.monotonic() - started
        served = self.processes("-m", "cli", "serve")[0].environ()
        self.database_url, self.redis_url = served["AAROGYA_DATABASE_URL"], served["AAROGYA_REDIS_URL"]

    def _share_letters(self, beside: "Running") -> None:
        """Either one's worker delivers what either one writes: into one letter box."""
        self.folder.mkdir(parents=True)
        for name in ("mail", "sms"):
            (beside.folder / name).mkdir(mode=0o700, exist_ok=True)
            (self.folder / name).symlink_to(beside.folder / name)

    @property
    def said(self) -> str:
        return self.log.read_text()

    def processes(self, *words: str) -> list[psutil.Process]:
        """The children, grandchildren and so on whose command line has all of the words; parents first."""
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                if all(word in process.cmdline() or word in process.name() for word in words):
                    found.append(process)
        return found

    def kill(self, *words: str, with_signal: int = signal.SIGKILL) -> None:
        """Kill what `processes` finds, all of it at once."""
        for process in self.processes(*words):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(with_signal)

    def answers(self, path: str = "/health") -> bool:
        with suppress(OSError, HTTPException):
            connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
            connection.request("GET", path)
            return connection.getresponse().status == 200
        return False

    def until(self, seconds: float, condition: Callable[[], object]) -> None:
        """Wait, blocking, for a condition; says what the app said when it does not come."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def rows(self, query: str, *values: Any, named: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """What the database answers; a statement without an answer gives none."""
        with psycopg.connect(self.database_url) as connection:
            cursor = connection.execute(query, named or values)
            return cursor.fetchall() if cursor.description else []

    def redis(self) -> Redis:
        return Redis.from_url(self.redis_url)

    def worker_of(self, token: str) -> str | None:
        """Which server process a tab is connected to, as Reflex notes it for each tab's token."""
        with self.redis() as redis:
            record = redis.get(f"token_manager_socket_record_{token}")
        return pickle.loads(record).instance_id if record else None

    def stop(self) -> list[psutil.Process]:
        """Ctrl-C; what is still alive afterwards of all that it had started."""
        everything = self.processes()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return [process for process in everything if is_alive(process)]


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie that the system has not cleared away yet does not."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def free_port() -> int:
    """One that nobody else takes until it is used, however long that is."""
    return next(port for port in _ports if is_free(port))
