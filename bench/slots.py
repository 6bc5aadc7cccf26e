"""Slots of one doctor for 14 days, uncached, with few and with many appointments in the table."""

import statistics
import time

from sqlalchemy import text

from bench.ground import ground, run, tomorrow
from core import clock, db
from services import schedules
from services.slots import Why

READS = 400

FILL = """
    INSERT INTO appointments (id, starts_at, ends_at, busy_until, day, doctor_id, patient_id, clinic_id, status, token,
        mode, source, fee)
    SELECT gen_random_uuid(), at, at + interval '30 minutes', at + interval '30 minutes', at::date, doctor,
        1 + (doctor * 613 + n) % 20000, 1,
        CASE WHEN n % 10 = 0 THEN 'cancelled' WHEN at < now() THEN 'completed' ELSE 'booked' END,
        1, 'in_person', 'web', 50000
    FROM (
        SELECT doctor, n, (:first + (n / 8) * interval '1 day' + (n % 8) * interval '1 hour') AS at
        FROM generate_series(1, 1000) doctor, generate_series(0, :each - 1) n
    ) AS filled
    ON CONFLICT DO NOTHING
"""


def slots() -> bool:
    """Print both medians and their ratio; whether the targets are met."""
    medians = {}
    for each in (10, 1000):
        with ground(doctors=1000, patients=20000) as _:
            count, medians[each] = run(lambda each=each: _measure(each))
            print(f"slots: 14 days of one doctor, {count:,} appointments in the table: {medians[each]:.2f} ms (median)")
    ratio = medians[1000] / medians[10]
    print(f"slots: with 100 times as many it takes {ratio:.2f} times as long (targets: <= 3 ms, <= 1.20)")
    return medians[1000] <= 3 and ratio <= 1.2


async def _measure(each: int) -> tuple[int, float]:
    now, first = clock.now(), tomorrow(1)
    async with db.engine().begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        await connection.execute(
            text(FILL), {"first": clock.now().replace(hour=3, minute=30, second=0, microsecond=0), "each": each}
        )
        count = await connection.scalar(text("SELECT count(*) FROM appointments"))
    async with db.engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    took = []
    for n in range(READS):
        # Uncached: also the rules are read anew.
        schedules.forget()
        began = time.perf_counter()
        async with db.snapshot() as connection:
            book = await schedules.schedule(connection, 1 + n * 7 % 1000, first, tomorrow(14))
        found = [slot for day in range(1, 15) for slot in book.slots(tomorrow(day), now)]
        took.append((time.perf_counter() - began) * 1000)
        assert any(slot.why == Why.OPEN for slot in found)
    return int(count or 0), statistics.median(took)
