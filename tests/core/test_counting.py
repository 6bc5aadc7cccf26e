"""What several processes count is added up, and what a dead one had at hand is gone: with real processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).resolve().parents[2]

COUNTS = """
import sys
from pathlib import Path
from core import counting
counting.share(Path(sys.argv[1]))
from core import metrics
counting.begin()
for line in sys.stdin:
    what = line.strip()
    if what == "count":
        metrics.cache_lookups.labels("redis").inc()
        metrics.sockets.labels("/live").set(7)
        metrics.unpublished.set(3)
        print("counted", flush=True)
    else:
        text = counting.text().decode()
        print(text + "# END", flush=True)
"""


class Process:
    """One that counts when it is told to."""

    def __init__(self, folder: Path, program: str = COUNTS) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, str(folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def count(self) -> None:
        self._say("count")
        assert self.process.stdout.readline() == "counted\n"

    def told(self) -> dict[str, float]:
        self._say("tell")
        lines = []
        while (line := self.process.stdout.readline()) != "# END\n":
            assert line
            lines.append(line)
        samples = [sample for family in text_string_to_metric_families("".join(lines)) for sample in family.samples]
        return {f"{sample.name}{sorted(sample.labels.values())}": sample.value for sample in samples}

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _say(self, what: str) -> None:
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()


@contextmanager
def counting(folder: Path, many: int) -> Iterator[list[Process]]:
    processes = [Process(folder) for _ in range(many)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()


LOOKUPS, SOCKETS, BEHIND = (
    "aarogya_cache_lookups_total['redis']",
    "aarogya_sockets['/live']",
    "aarogya_events_unpublished[]",
)


def test_two_processes_are_added_up_and_a_killed_one_keeps_its_counts_and_loses_its_gauges(tmp_path: Path) -> None:
    with counting(tmp_path, 2) as (first, second):
        first.count()
        second.count()
        second.count()
        for each in (first, second):
            told = each.told()
            assert (told[LOOKUPS], told[SOCKETS], told[BEHIND]) == (3, 14, 3)
        second.kill()
        told = first.told()
        assert (told[LOOKUPS], told[SOCKETS]) == (3, 7)


def test_a_fresh_start_forgets_the_dead_and_leaves_the_living_alone(tmp_path: Path) -> None:
    with counting(tmp_path, 2) as (alive, dead):
        alive.count()
        dead.count()
        dead.kill()
        with counting(tmp_path, 1) as (fresh,):
            told = fresh.told()
            assert (told[LOOKUPS], told[SOCKETS]) == (1, 7)
            alive.count()
            assert fresh.told()[LOOKUPS] == 2
    assert not list(tmp_path.glob(f"*{dead.process.pid}*"))


def test_a_number_that_another_program_has_by_now_keeps_no_gauge_alive(tmp_path: Path) -> None:
    with counting(tmp_path, 2) as (first, second):
        first.count()
        second.count()
        second.kill()
        # As if this very test had got its number.
        for path in tmp_path.glob(f"*{second.process.pid}*"):
            path.rename(path.with_name(path.name.replace(str(second.process.pid), str(os.getpid()))))
        assert first.told()[SOCKETS] == 7


def test_one_that_has_not_told_of_itself_yet_is_left_alone(tmp_path: Path) -> None:
    silent = COUNTS.replace("counting.begin()", "")
    with counting(tmp_path, 1) as (first,):
        starting = Process(tmp_path, silent)
        try:
            starting.count()
            first.count()
            assert first.told()[SOCKETS] == 14
        finally:
            starting.kill()
        assert first.told()[SOCKETS] == 7


def test_it_is_too_late_once_something_was_counted(tmp_path: Path) -> None:
    program = "from core import metrics, counting; from pathlib import Path; counting.share(Path('x'))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert "for this process alone" in done.stderr
    assert not (ROOT / "x").exists()


def test_every_gauge_says_how_it_is_put_together() -> None:
    from prometheus_client import REGISTRY, Gauge

    from core import metrics

    gauges = [each for each in vars(metrics).values() if isinstance(each, Gauge)]
    assert gauges
    assert all(gauge._multiprocess_mode != "all" for gauge in gauges)
    for metric in REGISTRY.collect():
        if metric.name.startswith("aarogya"):
            assert metric.documentation
            assert "_ms" not in metric.name
