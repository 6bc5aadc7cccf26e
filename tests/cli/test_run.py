"""What keeps `aarogya run` from starting is one sentence, and nothing is made then; what ends it is one key."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.run import require_port, stoppable
from core.errors import StartFailed
from tests.e2e.running import ROOT, free_port


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
    folder = tmp_path / "data"
    with socket.create_server(("127.0.0.1", 0)) as other:
        environment = os.environ | {"AAROGYA_DATA_DIR": str(folder), "AAROGYA_PORT": str(other.getsockname()[1])}
        run = subprocess.run(
            [sys.executable, "-m", "cli", "run"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
        )
    assert run.returncode == 1
    assert run.stderr.startswith("aarogya: Port ")
    assert run.stderr.count("\n") == 1
    assert not run.stdout
    assert not folder.exists()


@pytest.fixture
def signals() -> Iterator[None]:
    """Whatever is done to them is undone."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_ctrl_c_ends_at_once_what_may_be_cut_short(signals: None, capsys: pytest.CaptureFixture[str]) -> None:
    with stoppable():
        signal.raise_signal(signal.SIGINT)
        pytest.fail("It went on.")
    assert capsys.readouterr().out == "\nStopping…\nStopped.\n"


def test_ctrl_c_waits_until_what_was_begun_is_done(signals: None, capsys: pytest.CaptureFixture[str]) -> None:
    done = []
    with stoppable() as asked:
        asked.is_patient = True
        # The second is from one who has no patience: it is on its way down already.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.raise_signal(number)
            done.append(number)
        asked.rest(0)
        pytest.fail("It went on.")
    assert done == [signal.SIGTERM, signal.SIGINT]
    assert capsys.readouterr().out == "\nStopping…\nStopped.\n"
