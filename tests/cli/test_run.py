"""What keeps `aarogya run` from starting is one sentence, and nothing is made then."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.run import require_port
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
