"""Many clients, one slot, again and again: one winner each, and how long the losers wait for their answer."""

import asyncio
import time
from collections import Counter

from bench.ground import FRONT_DESK, ground, percentile, run, tomorrow
from core import clock
from core.errors import DomainError
from models.doctor import Mode
from services import appointments
from services.placing import Wish
from services.slot_views import slots_view
from services.slots import Why

CLIENTS = 64


def race(slots: int = 1000) -> bool:
    """Print the outcomes and the latencies; whether it was as it must be."""
    days = -(-slots // 160)
    with ground(doctors=10, patients=10 * CLIENTS, pool=CLIENTS) as _:
        answers, took = run(lambda: _races(slots, days))
    counted = Counter(outcome for outcomes in answers for outcome in outcomes)
    fair = all(Counter(outcomes) == {"won": 1, "slot_taken": CLIENTS - 1} for outcomes in answers)
    p50, p99 = percentile(took, 0.5) * 1000, percentile(took, 0.99) * 1000
    print(f"race: {len(answers)} slots x {CLIENTS} clients: {dict(counted)}, one winner each: {fair}")
    print(f"race: p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {max(took) * 1000:.0f} ms (target: p99 <= 500 ms)")
    assert fair, "a slot had not exactly one winner"
    return p99 <= 500


async def _races(slots: int, days: int) -> tuple[list[list[str]], list[float]]:
    now, took = clock.now(), []
    times = [
        (doctor_id, slot.starts_at)
        for doctor_id in range(1, 11)
        for day in range(1, days + 1)
        for slot in (await slots_view(doctor_id, tomorrow(day), now)).slots
        if slot.why == Why.OPEN
    ][:slots]

    async def attempt(patient_id: int, doctor_id: int, starts_at) -> str:
        wish = Wish(patient_id=patient_id, doctor_id=doctor_id, starts_at=starts_at, mode=Mode.IN_PERSON)
        began = time.perf_counter()
        try:
            await appointments.book_at(wish, by=FRONT_DESK, now=now)
            return "won"
        except DomainError as refusal:
            return refusal.code
        except Exception as error:  # noqa: BLE001  (counted, and then the figure is red)
            return type(error).__name__
        finally:
            took.append(time.perf_counter() - began)

    answers = []
    for doctor_id, starts_at in times:
        # Each doctor has patients of his own: nobody is kept from racing by an appointment won elsewhere.
        patients = range((doctor_id - 1) * CLIENTS + 1, doctor_id * CLIENTS + 1)
        answers.append(await asyncio.gather(*(attempt(n, doctor_id, starts_at) for n in patients)))
    return answers, took
