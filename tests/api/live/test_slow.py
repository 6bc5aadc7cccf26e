"""Who does not read what is pushed: nothing piles up for him, and when he reads again he holds the newest."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from engineio.packet import MESSAGE
from websockets.asyncio.client import ClientConnection, connect

from api.live import namespace
from core import clock, db
from core.lines import FULL
from services import appointments, families
from services.patient_view import Part, PatientView, patient_view
from services.slot_views import SlotsView, slots_view
from tests.api.program import log_in
from tests.api.socket import House
from tests.people import DAY, NOW, Cast, at
from tests.waiting import until

CHANGES = 10_000


class Sleeper:
    """One who joins, and then reads only when he is told to."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def says(self, event: str, payload: Any, number: int) -> None:
        await self.connection.send(f"42/live,{number}" + json.dumps([event, payload]))

    async def answer(self, number: int) -> Any:
        return await self.reads(f"43/live,{number}")

    async def reads(self, beginning: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """Until a frame that begins so comes, and fits."""
        async with asyncio.timeout(20):
            while True:
                frame = await self.connection.recv()
                assert isinstance(frame, str)
                if frame.startswith(beginning) and fits(found := json.loads(frame.removeprefix(beginning))):
                    return found


@pytest_asyncio.fixture
async def sleeper(house: House, cast: Cast) -> AsyncIterator[Sleeper]:
    """Asha's, with little room on the way."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.setblocking(False)
    await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", house.port))
    address = f"ws://127.0.0.1:{house.port}/_event/?EIO=4&transport=websocket"
    async with connect(address, sock=line, max_queue=1, compression=None, ping_interval=None) as connection:
        found = Sleeper(connection)
        await found.reads("0")
        await connection.send("40/live," + json.dumps({"token": await log_in(cast.asha)}))
        await found.reads("40/live,")
        yield found
        connection.transport.abort()


def waiting(house: House) -> list[int]:
    """How many pushes wait, by line; the pings of Engine.IO, which a slow machine has time for, are none."""
    lines = house.sink.lines.server.eio.sockets.values()
    return [sum(each.packet_type == MESSAGE for each in line.queue._queue) for line in lines]


async def asleep(house: House, view: SlotsView) -> int:
    """Push until the line is full; the version that it was."""
    room, version = f"slots:{view.doctor_id}:{view.day}", 0
    async with asyncio.timeout(60):
        while not any(caller.behind for caller in house.sink.callers.values()):
            version += 1
            await house.sink.push(room, replace(view, version=version))
            await asyncio.sleep(0)
    return version


async def test_ten_thousand_changes_wait_for_nobody_and_the_newest_is_held(
    house: House, cast: Cast, sleeper: Sleeper
) -> None:
    room = {"doctorId": cast.doctor_id, "date": DAY.isoformat()}
    await sleeper.says("join-doctor-room", room, 1)
    await sleeper.answer(1)
    awake = await house.program()
    await awake.ask("join-doctor-room", room)
    view, most = await slots_view(cast.doctor_id, DAY, NOW), 0
    for version in range(1, CHANGES + 1):
        await house.sink.push(f"slots:{cast.doctor_id}:{DAY}", replace(view, version=version))
        most = max(most, *waiting(house))
        await asyncio.sleep(0)
        if not version % 100:
            # The one who reads is not kept waiting by the one who does not.
            await awake.hears("slots-updated", lambda each, version=version: each["version"] == version)
            awake.heard.clear()
    assert most <= FULL
    (behind,) = [caller for caller in house.sink.callers.values() if caller.behind]
    assert list(behind.behind) == [f"slots:{cast.doctor_id}:{DAY}"]
    read = 0

    def counted(event: Any) -> bool:
        nonlocal read
        read += 1
        return event[0] == "slots-updated" and event[1]["version"] == CHANGES

    await sleeper.reads("42/live,", counted)
    assert read < CHANGES / 2
    await until(lambda: not behind.behind)
    await house.sink.push(f"slots:{cast.doctor_id}:{DAY}", replace(view, version=CHANGES + 1))
    await sleeper.reads("42/live,", lambda event: event[1]["version"] == CHANGES + 1)


async def test_of_each_appointment_the_newest_is_owed(house: House, cast: Cast, sleeper: Sleeper) -> None:
    await sleeper.says("join-doctor-room", {"doctorId": cast.doctor_id, "date": DAY.isoformat()}, 1)
    await sleeper.says("join-patient-room", {}, 2)
    await sleeper.answer(2)
    first = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    second = await appointments.hold(cast.wish(at(11)), by=cast.asha, now=NOW)
    room, part = f"patient:{cast.asha_patient}", Part(cast.asha_patient)
    await until(lambda: house.sink.told.get(room, {}).keys() == {first.id, second.id})
    await asleep(house, await slots_view(cast.doctor_id, DAY, NOW))
    whole = await patient_view(part, clock.now())
    for step in range(1, 1000):
        await house.sink.push(room, _raised(whole, step, first.id if step % 2 else second.id))
    assert max(waiting(house)) <= FULL
    (caller,) = house.sink.callers.values()
    assert caller.behind[room] == {first.id, second.id}
    told: dict[str, int] = {}

    def is_newest(event: Any) -> bool:
        if event[0] == "appointment-updated":
            assert told.get(event[1]["id"], 0) <= event[1]["version"]
            told[event[1]["id"]] = event[1]["version"]
        return told == {str(first.id): 1000, str(second.id): 999}

    await sleeper.reads("42/live,", is_newest)


def _raised(view: PatientView, step: int, identity: Any) -> PatientView:
    """The same after so many steps, of which the last was that appointment's."""
    raised = []
    for each in view.appointments:
        version = step + 1 if each.id == identity else step
        raised.append(each.model_copy(update={"version": version}))
    return replace(view, version=view.version + step, appointments=tuple(raised))


async def test_who_may_not_see_it_any_more_is_owed_nothing(house: House, cast: Cast, sleeper: Sleeper) -> None:
    await sleeper.says("join-doctor-room", {"doctorId": cast.doctor_id, "date": DAY.isoformat()}, 1)
    await sleeper.says("join-patient-room", {}, 2)
    await sleeper.answer(2)
    await asleep(house, await slots_view(cast.doctor_id, DAY, NOW))
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    (caller,) = house.sink.callers.values()
    await until(lambda: f"patient:{cast.asha_patient}" in caller.behind)
    async with db.transaction() as tx:
        await families.end_all(tx, cast.asha.user_id, now=clock.now())
    await asyncio.sleep(0.5)

    def is_the_end(event: Any) -> bool:
        assert str(held.id) not in repr(event)
        return event == ["signed-out", {"code": "token_refused"}]

    await sleeper.reads("42/live,", is_the_end)
    await until(lambda: not house.sink.callers)


async def test_who_asks_without_reading_the_answers_is_hung_up_on(
    house: House, cast: Cast, sleeper: Sleeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(namespace, "READ_WITHIN", 0.1)
    room = {"doctorId": cast.doctor_id, "date": DAY.isoformat()}
    await sleeper.says("join-doctor-room", room, 1)
    await sleeper.answer(1)
    await asleep(house, await slots_view(cast.doctor_id, DAY, NOW))
    await sleeper.says("join-doctor-room", room, 2)
    await until(lambda: not house.sink.callers)
    assert not house.sink.rooms()


async def test_who_goes_while_he_is_behind_leaves_nothing_behind(house: House, cast: Cast, sleeper: Sleeper) -> None:
    await sleeper.says("join-doctor-room", {"doctorId": cast.doctor_id, "date": DAY.isoformat()}, 1)
    await sleeper.answer(1)
    await asleep(house, await slots_view(cast.doctor_id, DAY, NOW))
    (caller,) = house.sink.callers.values()
    sleeper.connection.transport.abort()
    await until(lambda: not house.sink.callers)
    assert caller.catching_up is not None
    await until(caller.catching_up.done)
    assert not house.sink.latest
