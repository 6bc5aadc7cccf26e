"""`aarogya run`, the whole of it: start, second start, what is killed comes back, Ctrl-C leaves nothing behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
import pytest

from cli.run import require_port
from core.embedded.ports import is_free
from core.errors import StartFailed

ROOT = Path(__file__).resolve().parents[2]
FIRST_SECONDS = 300.0
SECOND_SECONDS = 30.0

whole_app = pytest.mark.skipif(not (ROOT / "rxconfig.py").exists(), reason="there is no app to run yet")


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie that the system has not cleared away yet does not."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Run:
    """A running `aarogya run`, and what it says."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.started: list[psutil.Process] = []
        self.log = folder.with_name(f"run-{port}.log")
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("AAROGYA_", "PYTEST_"))}
        environment |= {"AAROGYA_DATA_DIR": str(folder), "AAROGYA_PORT": str(port), "AAROGYA_WORKERS": "2"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli", "run"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def is_healthy(self) -> bool:
        with suppress(OSError, HTTPException):
            connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        return False

    def until(self, seconds: float, condition: object) -> None:
        deadline = time.monotonic() + seconds
        while not condition():  # type: ignore[operator]
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    def descendants(self, *words: str) -> list[psutil.Process]:
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                if all(word in " ".join(process.cmdline()) for word in words):
                    found.append(process)
        return found


@contextmanager
def running(folder: Path, port: int, seconds: float) -> Iterator[Run]:
    run = Run(folder, port)
    try:
        run.until(seconds, lambda: "is ready at" in run.said)
        yield run
    finally:
        run.process.send_signal(signal.SIGINT)
        try:
            run.process.wait(60)
        except subprocess.TimeoutExpired:
            run.process.kill()
            raise


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The very first start, which is over: its folder is there, and what it said."""
    with running(tmp_path_factory.mktemp("run") / "data", free_port(), FIRST_SECONDS) as run:
        run.started = run.descendants()
    return run


@whole_app
@pytest.mark.timeout(FIRST_SECONDS + 120)
def test_the_first_start_says_where_it_is_and_the_end_leaves_nothing_behind(first: Run) -> None:
    assert f"http://127.0.0.1:{first.port}" in first.said
    assert "patient@example.org" in first.said
    assert first.process.returncode == 0, first.said
    assert re.search(r"Stopping…\n(.*\n)*Stopped\.\n$", first.said)
    assert not [process for process in first.started if is_alive(process)]


@whole_app
@pytest.mark.chaos
@pytest.mark.timeout(FIRST_SECONDS + 120)
def test_whatever_is_killed_comes_back_and_all_of_it_ends(first: Run) -> None:
    with running(first.folder, free_port(), SECOND_SECONDS) as run:
        assert "Building" not in run.said
        everything = run.descendants()
        for words in (("-m", "cli", "serve"), ("-m", "cli", "worker"), ("postgres", "-D"), ("valkey-server",)):
            killed = run.descendants(*words)[0]
            killed.kill()
            run.until(30, lambda words=words, killed=killed: any(p != killed for p in run.descendants(*words)))
            run.until(30, run.is_healthy)
        everything += run.descendants()
    assert run.process.returncode == 0, run.said
    assert not [process for process in everything if is_alive(process)]
    assert json.loads((first.folder / "ports.json").read_text())


@whole_app
@pytest.mark.chaos
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's death signal")
@pytest.mark.timeout(FIRST_SECONDS + 120)
def test_a_run_that_is_killed_leaves_its_port_to_the_next(first: Run) -> None:
    port = free_port()
    run = Run(first.folder, port)
    run.until(SECOND_SECONDS, lambda: "is ready at" in run.said)
    run.process.kill()
    run.process.wait()
    with running(first.folder, port, SECOND_SECONDS) as again:
        assert again.is_healthy()


@whole_app
@pytest.mark.chaos
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's death signal")
@pytest.mark.timeout(FIRST_SECONDS + 120)
def test_a_run_that_is_killed_while_its_server_starts_leaves_its_port_too(first: Run) -> None:
    port = free_port()
    run = Run(first.folder, port)
    run.until(SECOND_SECONDS, lambda: not is_free(port))
    started = run.descendants()
    run.process.kill()
    run.process.wait()
    deadline = time.monotonic() + 10
    while any(is_alive(process) for process in started) or not is_free(port):
        assert time.monotonic() < deadline, "what the run had started outlives it"
        time.sleep(0.1)


def test_a_taken_port_is_one_sentence_with_another_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(StartFailed, match=f"Port {taken} is taken .*AAROGYA_PORT=") as failed:
            require_port("127.0.0.1", taken, patience=0)
    assert "\n" not in str(failed.value)


def test_a_port_that_becomes_free_meanwhile_is_taken() -> None:
    require_port("127.0.0.1", free_port(), patience=0)


def test_an_address_of_another_machine_is_one_sentence() -> None:
    with pytest.raises(StartFailed, match=r"AAROGYA_HOST=192\.0\.2\.1 is not an address of this machine"):
        require_port("192.0.2.1", free_port(), patience=0)


def test_nothing_is_started_when_the_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        run = Run(tmp_path / "data", other.getsockname()[1])
        assert run.process.wait(30) == 1
    assert run.said.startswith("aarogya: Port ")
    assert run.said.count("\n") == 1
    assert not (tmp_path / "data").exists()
