"""The whole app for a measurement: two server processes and the worker, as `aarogya serve` and `aarogya worker` run."""

import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
from sqlalchemy import text

from bench.ground import ground, run
from cli.keeper import Command
from core import clock, db
from core.embedded.ports import Ports
from models.api_key import Scope
from services import api_keys

DOCTORS = 1000
WORKERS = 2

SPREAD = """
    INSERT INTO clinics (slug, name, city, area, address, phone)
    SELECT 'bench-' || city, 'Bench ' || city, city, 'Camp', '1 Road', '0'
        FROM unnest('{Mumbai,Nashik,Nagpur,Kochi,Delhi,Jaipur,Mysuru}'::text[]) city;
    UPDATE doctors SET clinic_id = 1 + id % 8, fee = 20000 + 5000 * (id % 20), rating = 30 + id % 20,
        specialization = ('{panchakarma,shalya,shalakya,kaumarabhritya,agada-tantra,rasayana,manas-roga,kayachikitsa}'
            ::text[])[1 + id / 8 % 8],
        languages = ARRAY['en', ('{hi,mr,ml,kn,gu,ta}'::text[])[1 + id % 6]];
    UPDATE weekly_hours SET clinic_id = 1 + doctor_id % 8;
    ANALYZE
"""
"""Eight cities, eight branches, twenty fees: what a search can ask for."""


SIGNS = {
    "worker": "cli worker",
    "servers": "cli serve",
    "database": "postgres",
    "redis": "valkey",
    "browsers": "chrom",
}
"""What stands in the command of each part's first process; those that it starts are its own."""


@dataclass
class Served:
    """Where it listens, a key that may do all that is measured, and whose processes they are."""

    port: int
    key: str
    database_url: str

    def parts(self) -> dict[str, float]:
        """The same by what they are, those that drive browsers and this one as `driver`."""
        used: dict[str, float] = defaultdict(float)

        def add(process: psutil.Process, above: str) -> None:
            with suppress(psutil.Error):
                words = " ".join(process.cmdline())
                part = next((name for name, sign in SIGNS.items() if sign in words), above)
                used[part] += sum(process.cpu_times()[:2])
                for child in process.children():
                    add(child, part)

        add(psutil.Process(), "driver")
        return used

    def seconds(self) -> float:
        """What all processes of this measurement but this one have used of the cores so far."""
        used = 0.0
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                used += sum(process.cpu_times()[:2])
        return used


@contextmanager
def served(*, patients: int = 1000, doctors: int = DOCTORS) -> Iterator[Served]:
    """The app on a fresh ground, its doctors of many kinds and places, once all of it is ready."""
    with ground(doctors=doctors, patients=patients) as urls, tempfile.TemporaryDirectory(prefix="aarogya-bench-") as at:
        run(_spread)
        key = str(run(lambda: key_for("Bench", list(Scope))))
        port = Ports(Path(at) / "ports.json").take("app")
        env = {**os.environ, "AAROGYA_DATA_DIR": at, "AAROGYA_PORT": str(port), "AAROGYA_WORKERS": str(WORKERS)}
        env |= {"AAROGYA_LOG_LEVEL": "ERROR"}
        commands = [Command(name, env=env, patience=15.0) for name in ("serve", "worker")]
        try:
            for command in commands:
                command.start()
            _until(120, lambda: _answers(port))
            _until(60, lambda: run(_opening) == doctors)
            yield Served(port, key, urls.database)
        finally:
            for command in commands:
                command.stop()


async def _spread() -> None:
    async with db.engine().begin() as connection:
        for statement in SPREAD.replace("::", "\\:\\:").split(";"):
            await connection.execute(text(statement))


async def key_for(name: str, scopes: Sequence[Scope]) -> str:
    """A key of all clinics that may ask as often as it likes."""
    made = await api_keys.create(
        name,
        scopes,
        clinic_id=None,
        good_for=None,
        hourly_limit=2**31 - 1,
        must_sign=False,
        now=clock.now(),
    )
    return made.key


async def _opening() -> int:
    """The doctors of whom the worker has found the next open time."""
    async with db.snapshot() as connection:
        query = "SELECT count(DISTINCT doctor_id) FROM next_open WHERE starts_at IS NOT NULL"
        return int((await connection.execute(text(query))).scalar_one())


def _answers(port: int) -> bool:
    with suppress(OSError, HTTPException):
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    return False


def _until(seconds: float, holds) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "the app did not start"
        time.sleep(0.2)
