"""`python -m cli run` on data that is there already: quick to start, gone without a trace, nothing lost."""

import re
from collections.abc import Callable

from tests.e2e.conftest import STRANGER_ID
from tests.e2e.running import Running

READY_WITHIN = 15.0


def test_ctrl_c_leaves_nothing_running(started_once: Running) -> None:
    assert started_once.process.returncode == 0, started_once.said
    assert re.search(r"Stopping…\n(.*\n)*Stopped\.\n$", started_once.said)
    assert started_once.left == []


def test_a_second_start_is_quick_and_finds_the_data(app: Running, measured: Callable[[str, float], float]) -> None:
    assert measured("second start: ready after, ms", app.seconds_to_start * 1000) < READY_WITHIN * 1000
    assert app.answers("/health")
    assert app.answers("/")
    assert app.rows("SELECT name FROM users WHERE id = %s", STRANGER_ID) == [("Ravi Stranger",)]
    assert app.rows("SELECT count(*) FROM doctors") == [(1000,)]
