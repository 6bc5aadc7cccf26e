"""`/metrics` of the whole app: two server processes and the worker as one, and one that is killed."""

import asyncio
import re
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from http.client import HTTPConnection

import psutil

from tests.e2e.running import Running
from tests.e2e.wire import wire
from tests.waiting import until

SOCKETS = 'aarogya_sockets{namespace="/_event"}'
ASKED = 'aarogya_http_requests_total{method="GET",route="/health/live",status="2xx"}'


def told(app: Running) -> dict[str, float]:
    """What Prometheus would read, on a connection of its own: whichever process takes it."""
    connection = HTTPConnection("127.0.0.1", app.port, timeout=5)
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    connection.close()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[:1] != "#")}


def holds(app: Running, condition: Callable[[dict[str, float]], bool]) -> Callable[[], object]:
    async def look() -> bool:
        with suppress(OSError):
            return condition(await asyncio.to_thread(told, app))
        return False

    return look


async def test_all_processes_are_one_and_a_killed_one_takes_its_gauges_along(pair: Running) -> None:
    workers = pair.processes("cli", "serve")[0].children()
    assert len(workers) == 2
    async with AsyncExitStack() as open_sockets:
        for _ in range(12):
            await open_sockets.enter_async_context(wire(pair))
        await until(holds(pair, lambda counts: counts.get(SOCKETS) == 12), within=10)
        before = told(pair).get(ASKED, 0.0)
        for _ in range(20):
            assert await asyncio.to_thread(pair.answers, "/health/live")
        assert told(pair)[ASKED] >= before + 20
        counts = told(pair)
        assert counts['aarogya_database_connections{state="idle"}'] >= 2
        await until(holds(pair, lambda counts: counts["aarogya_events_unpublished"] == 0))
        # The worker's, in the same text: it runs in no server process.
        assert counts['aarogya_duty_last_success_timestamp_seconds{duty="relay"}'] > 1.7e9
        here = _connections(workers[0], pair.port)
        workers[0].send_signal(signal.SIGKILL)
        await until(holds(pair, lambda counts: counts.get(SOCKETS) == 12 - here), within=15)
        assert told(pair)[ASKED] >= before + 20
    await until(lambda: len(pair.processes("cli", "serve")[0].children()) == 2, within=20)


def test_no_label_holds_what_came_from_outside(pair: Running) -> None:
    for path in ("/doctor/nobody-xyzzy", "/api/doctors/987654", "/xyzzy?xyzzy=1", "/auth/xyzzy"):
        pair.answers(path)
    for name in told(pair):
        assert not re.search(r"xyzzy|987654", name)


def _connections(process: psutil.Process, port: int) -> int:
    """The sockets that this process has taken; ours are the only ones that stay."""
    return sum(
        each.status == psutil.CONN_ESTABLISHED and each.laddr.port == port
        for each in process.net_connections(kind="tcp")
    )
