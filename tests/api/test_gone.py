"""Who hangs up before he is answered: over real sockets, of the server that we run."""

import json
import logging
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from api import overload
from core import metrics
from tests.api.program import headers_of
from tests.api.served import House, served
from tests.people import Cast, at
from tests.rows import many
from tests.waiting import until


@pytest_asyncio.fixture
async def house(cast: Cast) -> AsyncIterator[House]:
    async with served() as made:
        yield made


def counted(route: str, status: str) -> float:
    counter = metrics.requests.labels("POST", route, status)
    return float(counter._value.get())


async def test_who_hangs_up_within_his_body_is_no_mistake_of_ours(
    house: House, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    gone, broken = counted("/api/appointments", "gone"), counted("/api/appointments", "5xx")
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            connection = await house.connect()
            connection.send("POST", "/api/appointments", b'{"doctorId":', length=500)
            await connection.writer.drain()
            connection.hang_up()
        await until(lambda: counted("/api/appointments", "gone") == gone + 5)
    assert counted("/api/appointments", "5xx") == broken
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_who_hangs_up_within_a_form_is_no_mistake_of_ours(house: House, caplog: pytest.LogCaptureFixture) -> None:
    gone = counted("/auth/sign-in", "gone")
    with caplog.at_level(logging.INFO):
        connection = await house.connect()
        form = {"Origin": "http://clinic.test", "Content_Type": "application/x-www-form-urlencoded"}
        connection.send("POST", "/auth/sign-in", b"email=", length=500, **form)
        await connection.writer.drain()
        connection.hang_up()
        await until(lambda: counted("/auth/sign-in", "gone") == gone + 1)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def be_busy() -> None:
    """The server is in this process, which has no time for anybody meanwhile."""
    time.sleep(0.3)


async def test_nothing_is_begun_for_who_has_gone_while_others_were_served(
    house: House, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A machine that is slow may take longer to say so.
    monkeypatch.setattr("api.gone.LOOK", 1.0)
    headers = await headers_of(cast.receptionist)
    gone = counted("/api/appointments", "gone")
    many_more = 3 * overload.CROWDED
    callers = [await house.connect() for _ in range(many_more)]
    for number, caller in enumerate(callers):
        body = {
            "doctorId": cast.doctor_id,
            "startsAt": at(9 + number // 12, 5 * (number % 12)).isoformat(),
            "patient": {"name": f"Patient {number}", "phone": f"+9198000{number:05}"},
        }
        caller.send("POST", "/api/appointments", json.dumps(body).encode(), **headers)
        # Nobody is served before the last one has gone.
        caller.hang_up()
    be_busy()
    # With few in hand it is not worth a look.
    looked_for = gone + many_more - overload.CROWDED - 1
    await until(lambda: counted("/api/appointments", "gone") >= looked_for and not overload.load.in_hand)
    assert len(await many("SELECT id FROM appointments")) <= overload.CROWDED + 1
