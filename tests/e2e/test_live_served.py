"""The programs of docs/examples against the served app with two workers: whatever is cut off, they hold the present."""

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from core import clock
from models.api_key import Scope
from models.doctor import Mode
from models.user import Role
from services import appointments
from services.permissions import Actor
from services.placing import Wish
from services.slot_views import slots_view
from services.slots import SlotStatus
from tests.api.program import key
from tests.api.socket import Program
from tests.e2e.cable import Cable
from tests.e2e.first_start import FirstStart
from tests.e2e.running import ROOT, Running
from tests.waiting import until
from tools import node

EXAMPLES = ROOT / "docs" / "examples"
DOCTOR_ID = PATIENT_ID = 1
BOSS = Actor(user_id=1, role=Role.ADMIN, name="Boss")

PUSHED_WITHIN = 1.0
CUT_FOR = 30.0
BACK_WITHIN = 20.0

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def app(first: FirstStart, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The app, its demo data, and two server processes."""
    running = Running(first.copied(tmp_path_factory.mktemp("live") / "data"), workers=2)
    yield running
    running.stop()


class Example:
    """One of the programs as it runs; `view` is what it printed last."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name, self.process = name, process
        self.view: dict[str, Any] = {}
        self.complaints: list[str] = []

    async def listen(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._views())
            tasks.create_task(self._complaints())

    async def _views(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.view = json.loads(line)

    async def _complaints(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.complaints.append(line.decode())

    def server(self, app: Running) -> psutil.Process:
        """Which server process it is connected to."""
        ports = {each.laddr.port for each in psutil.Process(self.process.pid).net_connections() if each.raddr}
        for process in app.processes("cli", "serve"):
            if ports & {each.raddr.port for each in process.net_connections() if each.raddr}:
                return process
        raise AssertionError(f"{self.name} is connected to nobody: {self.complaints}")


def commands(folder: Path) -> dict[str, list[str]]:
    """How each example is called: the one in JavaScript beside what was installed for it."""
    kept = node.installed(EXAMPLES)
    shutil.copy(EXAMPLES / "live.mjs", folder)
    (folder / "node_modules").symlink_to(kept / "node_modules")
    return {
        "live.mjs": [str(node.node()), str(folder / "live.mjs")],
        "live.py": [sys.executable, str(EXAMPLES / "live.py")],
    }


@asynccontextmanager
async def run(name: str, command: list[str], port: int, day: date, api_key: str) -> AsyncIterator[Example]:
    process = await asyncio.create_subprocess_exec(
        *command,
        f"http://127.0.0.1:{port}",
        str(DOCTOR_ID),
        day.isoformat(),
        env={**os.environ, "AAROGYA_KEY": api_key},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    example = Example(name, process)
    listening = asyncio.create_task(example.listen())
    try:
        yield example
    finally:
        process.kill()
        await process.wait()
        await listening


class Day:
    """A day of the doctor, which the tests change."""

    def __init__(self, app: Running, day: date, api_key: str) -> None:
        self.app, self.day, self.key = app, day, api_key

    async def change(self) -> str:
        """Book the first time that is open; the appointment's id."""
        slots = (await slots_view(DOCTOR_ID, self.day, clock.now())).slots
        first = next(slot.starts_at for slot in slots if slot.status == SlotStatus.OPEN)
        wish = Wish(patient_id=PATIENT_ID, doctor_id=DOCTOR_ID, starts_at=first, mode=Mode.IN_PERSON)
        held = await appointments.hold(wish, by=BOSS, now=clock.now())
        return str((await appointments.book(held.id, by=BOSS, now=clock.now())).id)

    async def fresh(self) -> dict[str, Any] | None:
        """What one who joins now is told; None where he gets no connection, for a server process has just died."""
        program = await Program(self.app.port).connect({"apiKey": self.key})
        if not program.is_connected:
            return None
        told = await program.ask("join-doctor-room", {"doctorId": DOCTOR_ID, "date": self.day.isoformat()})
        await program.client.disconnect()
        return compared(told)

    async def is_held_by(self, *examples: Example, within: float) -> None:
        """Until all of them show what a fresh read shows."""

        async def is_so() -> bool:
            present = await self.fresh()
            return all(compared(example.view) == present for example in examples)

        await until(is_so, within=within)


def compared(view: dict[str, Any]) -> dict[str, Any]:
    """A view without regard to the order of the appointments, and to when each is expected: that is of the moment."""
    queue = {name: value for name, value in view.get("queue", {}).items() if name not in {"turns", "ends"}}
    return {
        **view,
        "queue": queue,
        "appointments": sorted(view.get("appointments", []), key=lambda each: str(each["id"])),
    }


def free_day(app: Running) -> date:
    """A working day of the doctor, on which the patient has nothing else."""
    weekdays = {row[0] for row in app.rows("SELECT weekday FROM weekly_hours WHERE doctor_id = 1")}
    busy = {row[0] for row in app.rows("SELECT day FROM appointments WHERE patient_id = 1")}
    ahead = (clock.now().date() + timedelta(days=n) for n in range(3, 30))
    return next(day for day in ahead if day.weekday() in weekdays and day not in busy)


@pytest.mark.usefixtures("services")
async def test_the_examples_hold_the_present_whatever_is_cut_off(app: Running, tmp_path: Path) -> None:
    made = await key(Scope.SLOTS_READ, Scope.QUEUE_READ)
    day = Day(app, free_day(app), made.key)
    async with AsyncExitStack() as stack:
        cable = await stack.enter_async_context(Cable(app.port).laid())
        far, near = [
            [
                await stack.enter_async_context(run(f"{name} through {port}", command, port, day.day, day.key))
                for name, command in commands(folder).items()
            ]
            for port, folder in ((cable.port, _made(tmp_path / "far")), (app.port, _made(tmp_path / "near")))
        ]
        await until(lambda: all(each.view for each in (*far, *near)), within=30)
        await day.is_held_by(*far, *near, within=5)
        await _is_pushed_in_time(day, *far, *near)
        cable.cut()
        cut_at = time.monotonic()
        missed = await day.change()
        await _redis_is_killed(app, day, near)
        await _their_workers_are_killed(app, day, near)
        await asyncio.sleep(max(0.0, CUT_FOR - (time.monotonic() - cut_at)))
        assert not any(missed in json.dumps(example.view) for example in far)
        cable.mend()
        await day.is_held_by(*far, *near, within=BACK_WITHIN)
        for example in far:
            assert any("missed:" in said and missed in said for said in example.complaints), example.complaints
        await _is_pushed_in_time(day, *far, *near)


async def test_who_sends_too_much_is_told_so_in_the_namespaces_own_form(app: Running) -> None:
    program = await Program(app.port).connect()
    await asyncio.gather(*[program.client.emit("nonsense", {}, "/live") for _ in range(70)])
    assert (await program.hears("error"))["code"] == "too_many"
    await program.client.disconnect()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def _is_pushed_in_time(day: Day, *examples: Example) -> None:
    identity = await day.change()
    started = time.monotonic()
    await until(lambda: all(_shows_booked(each, identity) for each in examples), within=10)
    took = time.monotonic() - started
    print(f"pushed to {len(examples)} programs after {took * 1000:.0f} ms")
    assert took < PUSHED_WITHIN
    await day.is_held_by(*examples, within=5)


def _shows_booked(example: Example, identity: str) -> bool:
    return any((one["id"], one["status"]) == (identity, "booked") for one in example.view["appointments"])


async def _redis_is_killed(app: Running, day: Day, examples: list[Example]) -> None:
    await asyncio.to_thread(app.kill, "valkey-server")
    await day.change()
    await day.is_held_by(*examples, within=BACK_WITHIN)
    await _is_pushed_in_time(day, *examples)


async def _their_workers_are_killed(app: Running, day: Day, examples: list[Example]) -> None:
    for example in examples:
        before = example.server(app)
        before.kill()
        await day.change()
        await day.is_held_by(*examples, within=BACK_WITHIN)
        assert example.server(app).pid != before.pid
        await _is_pushed_in_time(day, *examples)
