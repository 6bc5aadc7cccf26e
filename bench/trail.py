"""The audit trail sealed and verified; target 50,000 entries a second verified."""

import time

from sqlalchemy import text

from bench.ground import ground, run
from core import clock, db
from core.proof import verify
from core.seals import Sealer

ENTRIES, TARGET = 200_000, 50_000

WRITE = text("""
    INSERT INTO audit_log (occurred_at, actor_id, actor_role, action, object_type, object_id, patient_id, address,
        details)
    SELECT now() - n * interval '10 ms', n % 1000, 'receptionist', 'AppointmentBooked', 'appointment',
        CAST(gen_random_uuid() AS text), n % 20000, '203.0.113.7', '{"version": 2}'
    FROM generate_series(1, :entries) n
""")


def trail() -> bool:
    """Whether verifying is as fast as the target."""
    found: dict[str, float] = {}
    with ground(doctors=1, patients=1):
        run(lambda: _measure(found))
    for name, seconds in found.items():
        print(f"audit trail: {name} {ENTRIES:,} entries: {ENTRIES / seconds:,.0f} a second")
    return ENTRIES / found["verify"] >= TARGET


async def _measure(found: dict[str, float]) -> None:
    async with db.engine().begin() as connection:
        await connection.execute(WRITE, {"entries": ENTRIES})
    started = time.perf_counter()
    assert await Sealer().turn(clock.now()) == ENTRIES
    found["seal"] = time.perf_counter() - started
    async with db.engine().connect() as connection:
        await connection.execute(text("ANALYZE audit_seals, audit_log"))
    started = time.perf_counter()
    async with db.snapshot() as connection:
        proof = await verify(connection, clock.now())
    found["verify"] = time.perf_counter() - started
    assert (proof.findings, proof.head.position) == ([], ENTRIES)


if __name__ == "__main__":
    trail()
