"""`python -m cli run`: what it says, quick to start again, whatever is killed comes back, gone without a trace."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.demo import load_once
from core.embedded.ports import is_free
from tests.e2e.conftest import STRANGER_ID
from tests.e2e.first_start import FirstStart
from tests.e2e.running import Running, is_alive

READY_WITHIN = 15.0
LOADED_WITHIN = 30.0


def test_the_first_start_says_where_it_is_and_ctrl_c_leaves_nothing_running(first: FirstStart) -> None:
    assert f"http://127.0.0.1:{first.port}" in first.said
    assert "patient@example.org" in first.said
    assert first.returncode == 0, first.said
    assert re.search(r"Stopping…\n(.*\n)*Stopped\.\n$", first.said)
    assert first.outlived_by == 0


@pytest.mark.chaos
def test_a_second_start_is_quick_and_finds_the_data(app: Running, measured: Callable[[str, float], float]) -> None:
    assert "Building" not in app.said
    assert measured("second start: ready after, ms", app.seconds_to_start * 1000) < READY_WITHIN * 1000
    assert app.answers("/health")
    assert app.answers("/")
    assert app.rows("SELECT name FROM users WHERE id = %s", STRANGER_ID) == [("Ravi Stranger",)]
    assert app.rows("SELECT count(*) FROM doctors") == [(1000,)]


@pytest.mark.chaos
def test_the_demo_is_loaded_in_half_a_minute(
    new_database: Callable[[], str], measured: Callable[[str, float], float]
) -> None:
    database_url = new_database()
    began = time.monotonic()
    assert load_once(database_url)
    assert measured("demo loaded after, ms", (time.monotonic() - began) * 1000) < LOADED_WITHIN * 1000


@pytest.fixture(scope="module")
def data(first: FirstStart, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first start left, for apps of this file alone, one after the other."""
    return first.copied(tmp_path_factory.mktemp("killed") / "data")


@contextmanager
def running(folder: Path, port: int | None = None) -> Iterator[Running]:
    run = Running(folder, workers=2, port=port)
    try:
        yield run
    finally:
        run.stop()


@pytest.mark.chaos
def test_whatever_is_killed_comes_back_and_all_of_it_ends(data: Path) -> None:
    with running(data) as run:
        everything = run.processes()
        for words in (("cli", "serve"), ("cli", "worker"), ("postgres", "-D"), ("valkey-server",)):
            killed = run.processes(*words)[0]
            killed.kill()
            run.until(30, lambda words=words, killed=killed: any(p != killed for p in run.processes(*words)))
            run.until(30, run.answers)
        everything += run.processes()
    assert run.process.returncode == 0, run.said
    assert not [process for process in everything if is_alive(process)]
    assert json.loads((data / "ports.json").read_text())


@pytest.mark.chaos
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's death signal")
def test_a_run_that_is_killed_leaves_its_port_to_the_next(data: Path) -> None:
    run = Running(data, workers=2)
    run.process.kill()
    run.process.wait()
    with running(data, run.port) as again:
        assert again.answers()


@pytest.mark.chaos
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's death signal")
def test_a_run_that_is_killed_while_its_server_starts_leaves_its_port_too(data: Path) -> None:
    run = Running(data, workers=2, is_awaited=False)
    run.until(30, lambda: not is_free(run.port))
    started = run.processes()
    run.process.kill()
    run.process.wait()
    deadline = time.monotonic() + 10
    while any(is_alive(process) for process in started) or not is_free(run.port):
        assert time.monotonic() < deadline, "what the run had started outlives it"
        time.sleep(0.1)
