"""A server process that was killed: another takes its place, with all loaded that the server has loaded once."""

from collections.abc import Callable

import psutil

from tests.e2e.running import Running
from tests.waiting import until


async def test_a_process_takes_a_killed_ones_place_and_has_less_to_do_than_the_server_had_at_its_start(
    pair: Running, measured: Callable[[str, float], float]
) -> None:
    server = pair.processes("cli", "serve")[0]
    before = server.children()
    before[0].kill()

    def taken() -> list[psutil.Process]:
        return [process for process in server.children() if process not in before and _listens(process)]

    await until(taken, within=20)
    assert measured("a server process's start, ms of CPU", _worked(taken()[0])) < _worked(server)


def _listens(process: psutil.Process) -> bool:
    return any(each.status == psutil.CONN_LISTEN for each in process.net_connections(kind="tcp"))


def _worked(process: psutil.Process) -> float:
    """Milliseconds of CPU, which other programs on the machine do not lengthen."""
    return 1000 * sum(process.cpu_times()[:2])
