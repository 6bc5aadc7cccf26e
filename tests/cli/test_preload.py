"""The server's processes begin as copies of it: with all of the code, and with nothing that is one process's alone."""

import json
import os
import subprocess
import sys
from typing import NamedTuple

import pytest

from cli.environment import for_serving
from tests.test_layers import BELOW, ROOT

PROGRAM = """
import json, os, sys
from multiprocessing import get_context
from psutil import Process
from cli.preload import preload

preload()
me = Process()
server = {"threads": me.num_threads(), "sockets": len(me.net_connections()), "had": sorted(sys.modules)}

def begin(pipe):
    import aarogya_ui.aarogya_ui
    from services.presence import presence
    pipe.send({"name": presence.process, "has": sorted(sys.modules)})

def process():
    fork = get_context("fork")
    end, other = fork.Pipe(duplex=False)
    fork.Process(target=begin, args=(other,)).start()
    return end.recv()

print(json.dumps([server, process(), process()]))
"""

MADE_THERE = {"aarogya_ui.aarogya_ui", "rxconfig", "aarogya_ui.fonts", "cli.patches", "cli.same_origin"}
"""The app itself, and what Reflex reads as it is made."""


class Begun(NamedTuple):
    server: dict[str, object]
    one: dict[str, object]
    other: dict[str, object]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    environment = os.environ | for_serving(tmp_path_factory.mktemp("pages"), "redis://127.0.0.1:1/0")
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return Begun(*json.loads(run.stdout.splitlines()[-1]))


def test_a_process_has_no_code_of_ours_left_to_load(begun: Begun) -> None:
    loaded = set(begun.one["has"]) - set(begun.server["had"])
    assert {module for module in loaded if module.partition(".")[0] in {*BELOW, "rxconfig"}} <= MADE_THERE
    assert len(loaded) < 50


def test_the_server_has_no_thread_and_no_connection_when_it_is_copied(begun: Begun) -> None:
    assert (begun.server["threads"], begun.server["sockets"]) == (1, 0)


def test_two_copies_have_names_of_their_own(begun: Begun) -> None:
    assert begun.one["name"] != begun.other["name"]
